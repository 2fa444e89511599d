BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Test-CacheStore' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    It 'tries the store in use end to end, step by step' {
        $steps = Test-CacheStore
        $steps.Step | Should -Be 'reach', 'clock', 'write', 'read', 'put entry', 'list', 'delete'
        $steps.Passed | Should -Not -Contain $false
        $steps.ErrorId -ne $null | Should -BeNullOrEmpty
        $steps.Kind | Select-Object -Unique | Should -Be 'file'
        $steps[0].Store.LocalPath | Should -Be $StoreFolder
        $steps[2].Message | Should -Match '3 MiB were written'
        $steps[2].Duration | Should -BeGreaterThan ([timespan]::Zero)
        $steps | Out-String | Should -Match 'Store: file:[\s\S]*Step +Passed +Duration +ErrorId +Message[\s\S]*reach +True +\d+ ms'
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'answers with one Boolean with -Quiet' {
        Test-CacheStore -Quiet | Should -BeTrue
        Test-CacheStore -Store (New-BrokenStorePath), $StoreFolder -Quiet | Should -BeFalse
    }

    It 'says what is wrong, and that is no error' {
        $steps = Test-CacheStore -Store (New-BrokenStorePath) -ErrorVariable problems -ErrorAction Stop
        $steps[-1].Passed | Should -BeFalse
        $steps[-1].ErrorId | Should -Be 'StoreUnavailable'
        $steps[-1].Message | Should -Match 'cannot be used'
        $problems | Should -BeNullOrEmpty
    }

    It 'tries each of several stores, and writes to none that is only read' {
        $steps = Test-CacheStore -Store near, "file://$StoreFolder`?readonly=true"
        ($steps | Group-Object Store).ForEach{ $_.Count } | Should -Be 3, 7 -Because 'groups are sorted, and home comes first'
        $steps.Passed | Should -Not -Contain $false
        $steps[-1].Step | Should -Be 'list'
        $StoreFolder | Should -Not -Exist
    }

    It 'shows each step when it is done, and leaves no file behind' {
        $before = Get-ChildItem ([IO.Path]::GetTempPath()) -Filter buildcache-*
        (Test-CacheStore | Select-Object -First 1).Step | Should -Be 'reach'
        Get-ChildItem ([IO.Path]::GetTempPath()) -Filter buildcache-* | Where-Object Name -notin $before.Name |
            Where-Object { Test-Path (Join-Path $_ large) } | Should -BeNullOrEmpty
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a store of an unknown kind'; Store = 'ftp://host' }
        @{ Name = 'an unknown option'; Store = 'file:///tmp/store?speed=high' }
        @{ Name = 'one of several'; Store = 'near', 'ftp://host' }
    ) {
        $problem = { Test-CacheStore -Store $Store } | Should -Throw -ErrorId 'InvalidStoreUri,BuildCache.PowerShell.TestCacheStoreCommand' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }
}
