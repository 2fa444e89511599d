BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Get-CacheEntry' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/a.txt' 'aaaa'
        $packages = New-CacheKey packages
        foreach ($key in (New-CacheKey a -Parent $packages), (New-CacheKey b -Parent $packages), (New-CacheKey packages-old), (New-CacheKey packages -Scope branch:main)) {
            Save-CacheEntry $key out
            # The time of the last write tells which is newer.
            Start-Sleep -Milliseconds 20
        }
    }
    AfterEach { Exit-Workspace }

    It 'lists all, the newest first' {
        (Get-CacheEntry).ForEach{ $_.Key.Parts -join '/' } | Should -Be 'packages', 'packages-old', 'packages/b', 'packages/a'
    }

    It 'lists those that a key matches' {
        (Get-CacheEntry $packages).ForEach{ $_.Key.Parts -join '/' } | Should -Be 'packages-old', 'packages/b', 'packages/a'
        (Get-CacheEntry -Key (New-CacheKey b -Parent $packages).Id).Key.Parts | Should -Be 'packages', 'b'
        Get-CacheEntry (New-CacheKey nothing) | Should -BeNullOrEmpty
    }

    It 'takes keys from the pipeline' {
        (New-CacheKey packages-), (New-CacheKey packages, b).Id | Get-CacheEntry | Should -HaveCount 2
    }

    It 'lists those of some scopes' {
        Get-CacheEntry -Scope project | Should -HaveCount 3
        Get-CacheEntry -Scope project, branch:main | Should -HaveCount 4
        (Get-CacheEntry $packages -Scope branch:main).Key.Scope | Should -Be 'branch:main'
        (Get-CacheEntry $packages -Scope project, branch:main)[0].Key.Scope | Should -Be 'branch:main'
    }

    It 'lists nothing in a store that is not there yet, and makes none' {
        Get-CacheEntry -Store ../nowhere | Should -BeNullOrEmpty
        '../nowhere' | Should -Not -Exist
    }

    It 'is a table with sizes at the prompt' {
        $text = Get-CacheEntry -Scope branch:main | Out-String -Width 120
        $text | Should -Match 'Created +LastUsed +Files +Size +SignedBy +Scope +Key'
        $text | Should -Match '1 +4 B +branch:main +packages'
        (Get-CacheEntry)[0].Paths | Out-String | Should -Match '1 +4 B +out/'
    }

    It 'reports <Name>' -ForEach @(
        @{ Name = 'a key that is none'; Parameters = @{ Key = 'banana' }; Id = 'InvalidCacheId' }
        @{ Name = 'a scope that is none'; Parameters = @{ Scope = 'project:' }; Id = 'InvalidScope' }
        @{ Name = 'a store that is none'; Parameters = @{ Store = 's4://x' }; Id = 'InvalidStoreUri' }
    ) {
        { Get-CacheEntry @Parameters -ErrorAction Stop } | Should -Throw -ErrorId "$Id,BuildCache.PowerShell.GetCacheEntryCommand"
    }

    It 'reports entries of a later version' {
        Update-StoredEntryFormat
        { Get-CacheEntry -ErrorAction Stop } | Should -Throw -ErrorId 'UnsupportedFormat,BuildCache.PowerShell.GetCacheEntryCommand'
    }

    It 'reports a store that cannot be read' {
        Remove-Item (Join-Path $StoreFolder version)
        New-Item -ItemType Directory $StoreFolder -Force | Out-Null
        Set-Content (Join-Path $StoreFolder version) 999
        { Get-CacheEntry -ErrorAction Stop } | Should -Throw -ErrorId 'UnsupportedFormat,BuildCache.PowerShell.GetCacheEntryCommand'
    }
}
