@{
    RootModule           = 'BuildCache.PowerShell.dll'
    # The same as VersionPrefix in Directory.Build.props; the build of module/ fails if they differ.
    ModuleVersion        = '0.1.0'
    GUID                 = '02ac3cc0-300a-4117-9ae4-34abdf497328'
    Author               = 'The BuildCache authors'
    CompanyName          = 'BuildCache'
    Copyright            = 'The BuildCache authors'
    Description          = 'A build cache: saves what a piece of work made under a key of its inputs and restores it instead of doing the work again.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    # Loaded before the cmdlets, so that they find their dependencies.
    NestedModules        = @('BuildCache.Loader.dll')
    FormatsToProcess     = @('BuildCache.Format.ps1xml')
    CmdletsToExport      = @(
        'Checkpoint-CacheVolume'
        'Clear-SourceCache'
        'Dismount-CacheVolume'
        'Export-CacheVolume'
        'Get-BuildCacheSetting'
        'Get-CacheEntry'
        'Get-CacheResourceId'
        'Get-CacheScope'
        'Get-CacheStore'
        'Get-CacheVolume'
        'Get-SourceCache'
        'Import-CacheVolume'
        'Invoke-CachedCommand'
        'Mount-CacheVolume'
        'New-CacheKey'
        'New-CacheSigningKey'
        'Optimize-CacheStore'
        'Optimize-CacheVolume'
        'Publish-SourceRef'
        'Remove-CacheEntry'
        'Remove-CacheVolume'
        'Resolve-SourceRef'
        'Restore-CacheEntry'
        'Save-CacheEntry'
        'Save-Source'
        'Sync-SourceMirror'
        'Test-CacheEntry'
        'Test-CacheStore'
        'Test-SourceMirror'
        'Use-CacheVolume'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags = @('Build', 'Cache', 'CI', 'MSBuild', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
        }
    }
}
