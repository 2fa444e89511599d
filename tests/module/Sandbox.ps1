# Dot-sourced by every test file: imports the module as it was built, and gives each test a workspace and a store of its own.
$module = (Resolve-Path ($env:MODULE_UNDER_TEST ? $env:MODULE_UNDER_TEST : (Join-Path $PSScriptRoot '../../out/module/BuildCache'))).ProviderPath
Import-Module $module -ErrorAction Stop
# Not the program of this process: that is dotnet where pwsh is a tool of .NET.
$pwsh = (Get-Command pwsh -CommandType Application -TotalCount 1).Source

function Enter-Workspace {
    $sandbox = Join-Path $TestDrive ([guid]::NewGuid().ToString('n').Substring(0, 8))
    $script:Workspace = Join-Path $sandbox 'work space ü'
    $script:StoreFolder = Join-Path $sandbox 'home/store'
    Get-ChildItem env:BUILDCACHE_* | Remove-Item
    $env:BUILDCACHE_HOME = Join-Path $sandbox 'home'
    # Where the user's own settings are looked for.
    $env:XDG_CONFIG_HOME = Join-Path $sandbox 'config'
    New-Item -ItemType Directory $Workspace -Force | Out-Null
    Set-Content (Join-Path $Workspace 'buildcache.json') '{ "project": "demo" }'
    Push-Location -LiteralPath $Workspace
}

function Exit-Workspace {
    Pop-Location
}

# Writes a file and the directories above it.
function Set-File([string]$Path, [string]$Content) {
    $file = New-Item -ItemType File -Path $Path -Force
    [IO.File]::WriteAllText($file.FullName, $Content)
}

function Get-StoredFile([string]$Folder) {
    Get-ChildItem -LiteralPath (Join-Path $StoreFolder $Folder) -Recurse -File
}

# Loses all content of the store; the entries stay.
function Remove-StoredContent {
    Get-StoredFile blobs | Remove-Item -Force
}

function Get-StoredEntryFile {
    Get-StoredFile entries | Where-Object Name -eq entry
}

# Makes every entry one that cannot be read, for any user: a directory stands in its place.
function Lock-StoredEntry {
    foreach ($file in Get-StoredEntryFile) {
        Remove-Item -LiteralPath $file.FullName
        New-Item -ItemType Directory $file.FullName | Out-Null
    }
}

# Makes every entry one of a later version.
function Update-StoredEntryFormat {
    foreach ($file in Get-StoredEntryFile) {
        $header, $body = [IO.File]::ReadAllText($file.FullName) -split "`n", 2
        $hash = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes("buildcache-entry 2`n$body"))
        [IO.File]::WriteAllText($file.FullName, "buildcache-entry 2 $([Convert]::ToHexStringLower($hash))`n$body")
    }
}

# Gives every entry another output, as one who may write to the store can.
function Set-StoredOutput([string]$Text) {
    $bytes = [Text.Encoding]::UTF8.GetBytes($Text)
    $hash = [Convert]::ToHexStringLower([Security.Cryptography.SHA256]::HashData($bytes))
    $blob = New-Item -ItemType File -Force -Path (Join-Path $StoreFolder "blobs/$($hash.Substring(0, 2))/$hash")
    [IO.File]::WriteAllBytes($blob.FullName, $bytes)
    foreach ($file in Get-StoredEntryFile) {
        $header, $body = [IO.File]::ReadAllText($file.FullName) -split "`n", 2
        $body = $body -replace '"output":"[^"]+"', "`"output`":`"$hash/$($bytes.Length)`""
        $check = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes("buildcache-entry 1`n$body"))
        [IO.File]::WriteAllText($file.FullName, "buildcache-entry 1 $([Convert]::ToHexStringLower($check))`n$body")
    }
}

# The path of a store that cannot be: its parent is a file.
function New-BrokenStorePath {
    Set-File 'a file' 'x'
    Join-Path $Workspace 'a file/store'
}
