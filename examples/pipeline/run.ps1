#Requires -Version 7.6
# Runs pipeline.ps1 three times: on a machine that has nothing yet, on the same machine in another folder, and on another machine.
# A machine here is a user directory of its own (BUILDCACHE_HOME); all share one store, a folder. Needs no network.
param(
    # The module, as `dotnet build module` lays it out.
    [string]$Module = (Join-Path $PSScriptRoot '../../out/module/BuildCache'),
    # Another store, as a URI or a folder.
    [string]$Store
)
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$module = (Resolve-Path $Module).ProviderPath
$work = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "buildcache-pipeline-$([guid]::NewGuid().ToString('n').Substring(0, 8))")).FullName
try {
    # The package that the sample restores, in a feed of its own.
    Copy-Item -Recurse (Join-Path $PSScriptRoot 'sample/Labels') $work
    dotnet pack (Join-Path $work 'Labels') --output (Join-Path $work 'feed') --nologo --verbosity quiet | Out-Null
    Set-Content (Join-Path $work 'nuget.config') @"
<configuration>
  <packageSources>
    <clear />
    <add key="feed" value="$(Join-Path $work 'feed')" />
  </packageSources>
</configuration>
"@
    $runs = foreach ($run in @{ Machine = 'one'; Folder = 'a' }, @{ Machine = 'one'; Folder = 'b' }, @{ Machine = 'two'; Folder = 'c' }) {
        $folder = Join-Path $work $run.Folder
        Copy-Item -Recurse (Join-Path $PSScriptRoot 'sample/App') $folder
        Get-ChildItem env:BUILDCACHE_* | Remove-Item
        $env:BUILDCACHE_HOME = Join-Path $work "machine $($run.Machine)"
        $env:BUILDCACHE_STORE = $Store ? $Store : (Join-Path $work 'store')
        Push-Location $folder
        try {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $printed = pwsh -NoProfile -File (Join-Path $PSScriptRoot 'pipeline.ps1') -Module $module
            $seconds = $watch.Elapsed.TotalSeconds
        }
        finally {
            Pop-Location
        }

        $printed | ForEach-Object { Write-Verbose $_ }
        [pscustomobject]@{
            Machine   = $run.Machine
            Folder    = $run.Folder
            Packages  = ($printed | Where-Object { $_ -like 'packages: *' }) -replace 'packages: '
            # The pipeline runs generate.ps1 in its folder, and the script leaves a mark there when it really runs.
            Generated = (Test-Path (Join-Path $folder 'generate.ran')) ? 'ran' : 'replayed'
            Printed   = @($printed | Where-Object { $_ -like 'generated *' -or $_ -like '*only * fields*' }).Count
            Says      = $printed | Select-Object -Last 1
            Seconds   = [math]::Round($seconds, 1)
            Files     = (Get-ChildItem (Join-Path $folder 'generated') | Get-FileHash | ForEach-Object Hash) -join ','
        }
    }

    $runs | Format-Table Machine, Folder, Packages, Generated, Printed, Says, Seconds | Out-String -Width 160
    if (@($runs.Files | Select-Object -Unique).Count -ne 1 -or @($runs.Says | Select-Object -Unique).Count -ne 1) {
        throw 'The runs did not make the same.'
    }

    'All runs made the same files and printed the same.'
}
finally {
    Remove-Item -Recurse -Force $work
}
