#!/usr/bin/env pwsh
#Requires -Version 7.6
<#
.SYNOPSIS
Two git repositories and an archive: tracked and staged in one clone of a project, and in another that has no access to git.
.DESCRIPTION
The first clone resolves its sources natively and pushes them to the asset service. The second clone has neither the origin nor git
on its PATH, nor the cache of the first: what its sources are at, and their files, come from the service alone.

Without an asset service the second part is left out; then the origin goes away, and the cache serves what it has.
.EXAMPLE
./run.ps1
.EXAMPLE
./run.ps1 -AssetService grpc://localhost:50051
A server of the Remote Execution and Remote Asset APIs that takes pushes, as tests/servers/start.sh casd 50051 data starts one.
#>
[CmdletBinding()]
param(
    [string] $AssetService,
    # The module's folder, as "dotnet build module" makes it.
    [string] $Module = (Join-Path $PSScriptRoot '../../out/module/BuildCache')
)

$ErrorActionPreference = 'Stop'
Import-Module $Module
. $PSScriptRoot/FileServer.ps1

function Invoke-Git {
    git -c user.name=example -c user.email=example@example.org @args
    if ($LASTEXITCODE) { throw "git $args failed." }
}

function New-Repository([string] $Path, [string] $File, [string] $Content) {
    Invoke-Git init --quiet --initial-branch=main $Path
    Set-Content (Join-Path $Path $File) $Content
    Invoke-Git -C $Path add --all
    Invoke-Git -C $Path commit --quiet --message 'A first version'
}

# A copy that a web server can give out as files.
function Publish-Repository([string] $Path, [string] $To) {
    Invoke-Git clone --quiet --bare $Path $To
    Invoke-Git -C $To update-server-info
}

# All files below a folder with their hashes, as one text.
function Get-Picture([string] $Folder) {
    Push-Location $Folder
    try { (Get-ChildItem -Recurse -File | Resolve-Path -Relative | Sort-Object | ForEach-Object { "$_ $((Get-FileHash $_).Hash)" }) -join "`n" }
    finally { Pop-Location }
}

function Write-Row([string] $Clone, $Resolved, $Staged) {
    foreach ($source in $Resolved) {
        [pscustomobject]@{
            Clone     = $Clone
            Source    = $source.Name
            Ref       = $source.Ref -replace '^(sha256:)?(.{12}).*', '$1$2'
            RefFrom   = $source.AnsweredBy
            FilesFrom = ($Staged | Where-Object Name -eq $source.Name).From
            Pushed    = $source.Pushed
        }
    }
}

$top = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "buildcache-sources-$([guid]::NewGuid().ToString('n'))")).FullName
$before = @{}
foreach ($name in 'BUILDCACHE_HOME', 'BUILDCACHE_STORE', 'BUILDCACHE_MODE', 'BUILDCACHE_ASSET_SERVICE', 'PATH') { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
Push-Location $top
try {
    $env:BUILDCACHE_STORE = $env:BUILDCACHE_MODE = $null
    $env:BUILDCACHE_ASSET_SERVICE = $AssetService ? $AssetService : $null

    # What the project is made from, and the project, which says so in its buildcache.json.
    New-Repository work/words words.txt 'one two three'
    New-Repository work/colours colours.txt 'red green blue'
    New-Item -ItemType Directory origin | Out-Null
    Publish-Repository work/words origin/words.git
    Publish-Repository work/colours origin/colours.git
    Invoke-Git -C work/colours archive --format=tar.gz --prefix=shapes/ --output=../../origin/shapes.tar.gz HEAD
    # What lies on this machine alone is never published; what has an address is.
    $server = Start-FileServer (Join-Path $top origin)
    New-Repository project/main buildcache.json @"
{
  "project": "sources-example",
  // One line to change when the origin moves.
  "aliases": { "origin": "$($server.Address)" },
  "sources": {
    "words": { "kind": "git", "url": "origin:words.git", "track": "main" },
    "colours": { "kind": "git", "url": "origin:colours.git", "track": "main" },
    "shapes": { "kind": "archive", "url": "origin:shapes.tar.gz", "strip": 1 }
  }
}
"@
    Invoke-Git clone --quiet project/main first
    Invoke-Git clone --quiet project/main second

    Set-Location first
    $env:BUILDCACHE_HOME = Join-Path $top home-of-first
    $resolved = Resolve-SourceRef -Update -Push:([bool]$AssetService)
    $staged = Save-Source
    $rows = @(Write-Row first $resolved $staged)

    Stop-FileServer $server
    if ($AssetService) {
        Set-Location (Join-Path $top second)
        $env:BUILDCACHE_HOME = Join-Path $top home-of-second
        $env:PATH = Join-Path $top nothing
        $again = Resolve-SourceRef -Policy AssetOnly -Update
        $second = Save-Source
        $rows += Write-Row second $again $second
    }
    else {
        Remove-Item sources -Recurse
        $again = $resolved
        $second = Save-Source
        $rows += Write-Row 'first, offline' $resolved $second
    }

    $rows | Format-Table | Out-Host
    $env:PATH = $before.PATH
    $equal = for ($i = 0; $i -lt $staged.Count; $i++) {
        $same = $resolved[$i].Ref -eq $again[$i].Ref -and $staged[$i].Digest -eq $second[$i].Digest
        # The first clone's files are gone where it was staged twice; the digest is of the same files then.
        $same -and (-not $AssetService -or (Get-Picture $staged[$i].Directory) -eq (Get-Picture $second[$i].Directory))
    }
    if ($equal -contains $false) { throw 'The two differ.' }
    "$($equal.Count) sources are equal: same refs, same digests$(if ($AssetService) { ', same files' })."
}
finally {
    Pop-Location
    if ($server) { Stop-FileServer $server }
    foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
    Get-ChildItem $top -Recurse -Force -File | Where-Object IsReadOnly | ForEach-Object { $_.IsReadOnly = $false }
    Remove-Item $top -Recurse -Force
}
