BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Remove-CacheEntry' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/a.txt' 'a'
        $a = New-CacheKey packages, a
        $b = New-CacheKey packages, b
        $a, $b | Save-CacheEntry -Path out
    }
    AfterEach { Exit-Workspace }

    It 'removes the entry of a key, an id, or piped keys' {
        Remove-CacheEntry $a | Should -BeNullOrEmpty
        Test-CacheEntry $a | Should -BeFalse
        Remove-CacheEntry -Key $b.Id
        Get-CacheEntry | Should -BeNullOrEmpty
        Save-CacheEntry $a out
        $a | Remove-CacheEntry
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'removes what Get-CacheEntry lists' {
        New-CacheKey packages | Get-CacheEntry | Remove-CacheEntry
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'removes an entry given by -Entry' {
        Remove-CacheEntry -Entry (Get-CacheEntry $a)
        (Get-CacheEntry).Key.Parts[1] | Should -Be 'b'
    }

    It 'takes no prefix' {
        { Remove-CacheEntry (New-CacheKey packages) -ErrorAction Stop } | Should -Throw -ErrorId 'EntryNotFound,BuildCache.PowerShell.RemoveCacheEntryCommand'
        Get-CacheEntry | Should -HaveCount 2
    }

    It 'changes nothing with -WhatIf' {
        Get-CacheEntry | Remove-CacheEntry -WhatIf
        Get-CacheEntry | Should -HaveCount 2
    }

    It 'reports what is not there, and goes on' {
        (New-CacheKey gone), 'banana', $a | Remove-CacheEntry -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.FullyQualifiedErrorId | Should -Be 'EntryNotFound,BuildCache.PowerShell.RemoveCacheEntryCommand', 'InvalidCacheId,BuildCache.PowerShell.RemoveCacheEntryCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        (Get-CacheEntry).Key.Parts[1] | Should -Be 'b'
    }

    It 'reports a store that cannot be used' {
        Lock-StoredEntry
        { Remove-CacheEntry $a } | Should -Throw -ErrorId 'StoreUnavailable,BuildCache.PowerShell.RemoveCacheEntryCommand'
    }
}
