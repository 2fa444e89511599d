BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Save-CacheEntry' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/app.dll' 'binary'
        Set-File 'out/sub dir/ünïcode.txt' 'text'
        Set-File 'log.txt' 'log'
        $key = New-CacheKey build
    }
    AfterEach { Exit-Workspace }

    It 'emits nothing without -PassThru, and the entry with it' {
        Save-CacheEntry $key out | Should -BeNullOrEmpty
        $entry = Save-CacheEntry $key out, log.txt -Force -PassThru -WorkDuration 00:01:30
        $entry.Paths.Path | Should -Be 'log.txt', 'out'
        $entry.FileCount | Should -Be 3
        $entry.Bytes | Should -Be 13
        $entry.WorkDuration | Should -Be ([timespan]'00:01:30')
        $entry.Creator | Should -Be 'Save-CacheEntry'
    }

    It 'keeps a good entry, and says so only when asked' {
        Save-CacheEntry $key out
        $messages = Save-CacheEntry $key log.txt -Verbose 4>&1
        $messages -join "`n" | Should -Match 'A good entry is there and stays'
        (Get-CacheEntry).Paths.Path | Should -Be 'out'
    }

    It 'replaces it with -Force' {
        Save-CacheEntry $key out
        Save-CacheEntry $key log.txt -Force
        (Get-CacheEntry).Paths.Path | Should -Be 'log.txt'
    }

    It 'replaces a stale entry' {
        Save-CacheEntry $key out
        Remove-StoredContent
        Save-CacheEntry $key out
        Test-CacheEntry $key | Should -BeTrue
    }

    It 'names paths relative to the workspace root, wherever it is run' {
        Push-Location 'out/sub dir'
        (Save-CacheEntry $key '*.txt', ../../log.txt -PassThru).Paths.Path | Should -Be 'log.txt', 'out/sub dir/ünïcode.txt'
        Pop-Location
    }

    It 'names paths relative to -Root' {
        (Save-CacheEntry $key out/app.dll -Root out -PassThru).Paths.Path | Should -Be 'app.dll'
    }

    It 'saves piped paths as one entry' {
        Get-ChildItem | Where-Object Name -in out, log.txt | Save-CacheEntry $key
        (Get-CacheEntry).Paths.Path | Should -Be 'log.txt', 'out'
        'out', 'log.txt' | Save-CacheEntry $key -Force
        (Get-CacheEntry).Paths.Path | Should -Be 'log.txt', 'out'
    }

    It 'saves under each piped key' {
        (New-CacheKey a), (New-CacheKey b).Id | Save-CacheEntry -Path out
        (Get-CacheEntry).Key.Parts | Sort-Object | Should -Be 'a', 'b'
    }

    It 'saves objects with a key and a path' {
        @([pscustomobject]@{ Key = New-CacheKey a; Path = 'out' }, [pscustomobject]@{ Key = (New-CacheKey b).Id; Path = 'log.txt' }) | Save-CacheEntry
        (Get-CacheEntry (New-CacheKey a)).Paths.Path | Should -Be 'out'
        (Get-CacheEntry (New-CacheKey b)).Paths.Path | Should -Be 'log.txt'
    }

    It 'takes a name with brackets as it stands' {
        Set-File 'a[1].txt' 'x'
        Get-Item -LiteralPath 'a[1].txt' | Save-CacheEntry $key
        (Get-CacheEntry).Paths.Path | Should -Be 'a[1].txt'
    }

    It 'stores the inputs of the key beside the entry' {
        $entry = Save-CacheEntry (New-CacheKey build -File log.txt) out -PassThru
        "$($entry.Fingerprint)" | Should -Be "$((New-CacheKey build -File log.txt).Fingerprint.Digest)"
        (Save-CacheEntry $key out -PassThru).Fingerprint | Should -BeNullOrEmpty
    }

    It 'saves in another scope' {
        Save-CacheEntry $key out -Scope branch:main
        "$((Get-CacheEntry).Key.Scope)" | Should -Be 'branch:main'
    }

    It 'changes nothing with -WhatIf' {
        Save-CacheEntry $key out -WhatIf
        Get-CacheEntry | Should -BeNullOrEmpty
        $StoreFolder | Should -Not -Exist
    }

    It 'saves nothing in the mode <Mode>' -ForEach @(@{ Mode = 'ReadOnly' }, @{ Mode = 'Audit' }, @{ Mode = 'Off' }) {
        $env:BUILDCACHE_MODE = $Mode
        Save-CacheEntry $key out -Verbose 4>&1 | Out-String | Should -Match "mode is $Mode"
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'takes a store by a path relative to the location' {
        Save-CacheEntry $key out -Store ../store
        Get-CacheEntry | Should -BeNullOrEmpty
        Get-CacheEntry -Store ../store | Should -HaveCount 1
        Get-CacheEntry -Store ([uri]::new((Resolve-Path ../store).ProviderPath).AbsoluteUri) | Should -HaveCount 1
    }

    It 'takes a store on a drive of PowerShell' {
        Save-CacheEntry $key out -Store "TestDrive:\store of $($key.Parts)"
        Get-CacheEntry -Store (Join-Path $TestDrive 'store of build') | Should -HaveCount 1
    }

    It 'warns of a store that cannot be used, and makes it an error with -Strict' {
        $store = New-BrokenStorePath
        Save-CacheEntry $key out -Store $store -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match 'cannot be used.*Nothing was saved'
        { Save-CacheEntry $key out -Store $store -Strict } | Should -Throw -ErrorId 'StoreUnavailable,BuildCache.PowerShell.SaveCacheEntryCommand'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a path that is not there'; Path = 'gone'; Id = 'InputNotFound'; Category = 'ObjectNotFound' }
        @{ Name = 'a wildcard that nothing matches'; Path = '*.gone'; Id = 'InputNotFound'; Category = 'ObjectNotFound' }
        @{ Name = 'a path outside of the workspace'; Path = '..'; Id = 'PathOutsideWorkspace'; Category = 'InvalidArgument' }
        @{ Name = 'the workspace root itself'; Path = '.'; Id = 'PathOutsideWorkspace'; Category = 'InvalidArgument' }
    ) {
        Save-CacheEntry $key log.txt, $Path -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be "$Id,BuildCache.PowerShell.SaveCacheEntryCommand"
        $problems[0].CategoryInfo.Category | Should -Be $Category
        Get-CacheEntry | Should -BeNullOrEmpty -Because 'an entry is whole or is not'
    }

    It 'refuses a link that leaves the saved directory' {
        if ($IsWindows) {
            Set-ItResult -Skipped -Because 'links need a privilege on Windows'
        }

        New-Item -ItemType SymbolicLink out/link -Target ../log.txt | Out-Null
        { Save-CacheEntry $key out -ErrorAction Stop } | Should -Throw -ErrorId 'UnsupportedFile,BuildCache.PowerShell.SaveCacheEntryCommand'
    }

    It 'reports a bad key and goes on with the next' {
        'banana', (New-CacheKey good) | Save-CacheEntry -Path out -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'InvalidCacheId,BuildCache.PowerShell.SaveCacheEntryCommand'
        "$($problems[0].TargetObject)" | Should -Be 'banana'
        (Get-CacheEntry).Key.Parts | Should -Be 'good'
    }

    It 'refuses the scope and the store of nobody, whatever the preference' {
        { Save-CacheEntry $key out -Scope galaxy -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidScope,BuildCache.PowerShell.SaveCacheEntryCommand'
        { Save-CacheEntry $key out -Store ftp://host/store -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidStoreUri,BuildCache.PowerShell.SaveCacheEntryCommand'
    }
}
