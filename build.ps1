<#
.SYNOPSIS
    Builds, tests, packages or installs BuildCache.
.DESCRIPTION
    Build    builds everything; the module is then in out/module, the MSBuild package's folder in out/msbuild.
    Test     runs every test.
    Package  makes the NuGet package in out/packages.
    Install  copies the module to where PowerShell finds it for this user.
.EXAMPLE
    ./build.ps1 Install
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Package', 'Install')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
Push-Location $PSScriptRoot
try {
    switch ($Task) {
        'Build' { dotnet build BuildCache.sln -c $Configuration }
        'Test' { dotnet test BuildCache.sln }
        'Package' { dotnet pack tasks -c $Configuration }
        'Install' {
            dotnet build module/BuildCache.PowerShell.csproj -c $Configuration
            $modules = if ($IsWindows) {
                Join-Path ([Environment]::GetFolderPath('MyDocuments')) 'PowerShell/Modules'
            }
            else {
                Join-Path ([Environment]::GetFolderPath('UserProfile')) '.local/share/powershell/Modules'
            }

            New-Item -ItemType Directory -Force $modules | Out-Null
            Copy-Item out/module/BuildCache $modules -Recurse -Force
            Write-Output "Installed to $modules/BuildCache. Use it by: Import-Module BuildCache"
        }
    }
}
finally {
    Pop-Location
}
