BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Several stores' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/a.txt' 'aaaa'
        $key = New-CacheKey build
        # Its own, so that the helpers of the sandbox reach into it.
        $far = $StoreFolder
    }
    AfterEach { Exit-Workspace }

    It 'are all written to' {
        Save-CacheEntry $key out -Store near, $far
        Test-CacheEntry $key -Store near | Should -BeTrue
        Test-CacheEntry $key -Store $far | Should -BeTrue
        Get-CacheEntry -Store near, $far | Should -HaveCount 1
        Remove-CacheEntry $key -Store near, $far
        Get-CacheEntry -Store $far | Should -BeNullOrEmpty
    }

    It 'give near what was found afar' {
        Save-CacheEntry $key out -Store $far
        Remove-Item out -Recurse
        (Restore-CacheEntry $key -Store near, "file://$far`?readonly=true").Hit | Should -BeTrue
        Get-Content out/a.txt | Should -Be 'aaaa'
        Test-CacheEntry $key -Store near | Should -BeTrue
    }

    It 'save nothing where all are only read, and say so to those who ask' {
        $only = "file://$far`?readonly=true"
        Save-CacheEntry $key out -Store $only -Strict -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        Save-CacheEntry $key out -Store $only -Verbose 4>&1 | Out-String | Should -Match 'No store may be written, so nothing is saved: project:demo build'
        $far | Should -Not -Exist
    }

    It 'keep their stale entries where they are only read' {
        Save-CacheEntry $key out
        Remove-StoredContent
        $result = Test-CacheEntry $key -Store "file://$far`?readonly=true" -PassThru
        $result.Hit | Should -BeFalse
        $result.Stale | Should -HaveCount 1
        Get-CacheEntry | Should -HaveCount 1
    }

    It 'do without one that cannot be used, with one warning' {
        $stores = 'near', (New-BrokenStorePath)
        $keys = 1..4 | ForEach-Object { New-CacheKey "k $_" }
        $keys | Save-CacheEntry -Path out -Store $stores -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'cannot be used.*left alone'
        Get-CacheEntry -Store near | Should -HaveCount 4
    }

    It 'make one that cannot be used an error with -Strict, after the work is done' {
        $stores = 'near', (New-BrokenStorePath)
        $problem = { Save-CacheEntry $key out -Store $stores -Strict } |
            Should -Throw -ErrorId 'StoreUnavailable,BuildCache.PowerShell.SaveCacheEntryCommand' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        Get-CacheEntry -Store near | Should -HaveCount 1
    }

    It 'answer without one that cannot be read, with one warning' {
        Save-CacheEntry $key out -Store near
        $other = New-CacheKey other
        Save-CacheEntry $other out -Store $far
        Lock-StoredEntry
        Test-CacheEntry $key -Store near, $far -WarningVariable warnings | Should -BeTrue
        $warnings | Should -BeNullOrEmpty
        $other, $other, $key | Test-CacheEntry -Store near, $far -WarningVariable warnings -WarningAction SilentlyContinue | Should -Be $false, $false, $true
        $warnings | Should -HaveCount 1
        { Test-CacheEntry $other -Store near, $far -Strict } | Should -Throw -ErrorId 'StoreUnavailable,BuildCache.PowerShell.TestCacheEntryCommand'
    }

    It 'warn once where none can be read' {
        Save-CacheEntry $key out
        Lock-StoredEntry
        $key, $key, $key | Test-CacheEntry -WarningVariable warnings -WarningAction SilentlyContinue | Should -Be $false, $false, $false
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'Taken as a miss'
    }

    It 'show nothing of their options' {
        Get-CacheStore -Store "file://$far`?readonly=true" -Verbose 4>&1 | Out-String | Should -Not -Match 'readonly='
    }
}
