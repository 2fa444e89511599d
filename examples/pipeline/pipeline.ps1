#Requires -Version 7.6
# What a build server runs in a checkout: it restores packages, generates code, builds and runs. run.ps1 shows it on two machines.
param([string]$Module = 'BuildCache')
$ErrorActionPreference = 'Stop'
# A native command that fails stops the pipeline, as any step of a build server.
$PSNativeCommandUseErrorActionPreference = $true
Import-Module $Module

# The NuGet folder: the same directory in every run on this machine. On a machine that has none yet, it is filled from the store:
# with what was exported for these packages, else with the newest of any.
$packages = Get-CacheVolume nuget, net10.0
$key = New-CacheKey nuget -File App.csproj
$import = Import-CacheVolume $packages -Key $key -RestoreKey nuget
"packages: $($import.Outcome)"

# The records: generated once for equal schemas, here or elsewhere. From then on what was printed is printed again.
Invoke-CachedCommand generate -File generate.ps1 -Glob 'schema/*.json' -Output generated { ./generate.ps1 }

# Held, so that nobody prunes the folder meanwhile.
Use-CacheVolume $packages {
    dotnet restore App.csproj --packages $_.Path --nologo --verbosity quiet
    dotnet build App.csproj --no-restore --nologo --verbosity quiet
}
Export-CacheVolume $packages -Key $key

dotnet bin/Debug/net10.0/App.dll
