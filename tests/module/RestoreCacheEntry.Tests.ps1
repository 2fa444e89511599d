BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Restore-CacheEntry' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/a.txt' 'aaaa'
        Set-File 'out/sub dir/ünï.txt' 'uuuu'
        Set-File 'log.txt' 'log'
        $packages = New-CacheKey packages
        $key = New-CacheKey one -Parent $packages
    }
    AfterEach { Exit-Workspace }

    It 'puts back what was saved' {
        New-Item -ItemType Directory out/empty | Out-Null
        Save-CacheEntry $key out, log.txt
        Remove-Item out, log.txt -Recurse
        $result = Restore-CacheEntry $key
        $result.Hit | Should -BeTrue
        $result.Match | Should -Be 'Exact'
        Get-Content 'out/sub dir/ünï.txt' | Should -Be 'uuuu'
        'out/empty' | Should -Exist
        Get-Content log.txt | Should -Be 'log'
    }

    It 'keeps modes and links' {
        if ($IsWindows) {
            Set-ItResult -Skipped -Because 'Windows has no such modes, and links there need a privilege'
        }

        chmod 755 out/a.txt
        New-Item -ItemType SymbolicLink out/link -Target a.txt | Out-Null
        Save-CacheEntry $key out
        Remove-Item out -Recurse
        Restore-CacheEntry $key | Out-Null
        (Get-Item out/a.txt).UnixMode | Should -Be '-rwxr-xr-x'
        (Get-Item out/link).Target | Should -Be 'a.txt'
    }

    It 'replaces a directory as a whole' {
        Save-CacheEntry $key out
        Start-Sleep -Milliseconds 50
        Set-File out/a.txt 'changed'
        Remove-Item 'out/sub dir' -Recurse
        Restore-CacheEntry $key | Out-Null
        Get-Content out/a.txt | Should -Be 'aaaa'
        'out/sub dir/ünï.txt' | Should -Exist
    }

    It 'does not remove files that are only there, unless that is forced' {
        Save-CacheEntry $key out
        Start-Sleep -Milliseconds 50
        Set-File out/extra.txt 'x'
        $result = Restore-CacheEntry $key -ErrorVariable problems -ErrorAction SilentlyContinue
        $result | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'DestinationNotEmpty,*'
        $problems[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        Get-Content out/extra.txt | Should -Be 'x'
        (Restore-CacheEntry $key -Force).Hit | Should -BeTrue
        'out/extra.txt' | Should -Not -Exist
    }

    It 'replaces what it restored, and what was saved' {
        Save-CacheEntry $key out
        Remove-Item out -Recurse
        Restore-CacheEntry $key | Out-Null
        Remove-Item out/a.txt
        Set-File out/b.txt 'bbbb'
        $two = New-CacheKey two
        Save-CacheEntry $two out
        Restore-CacheEntry $key | Out-Null
        'out/b.txt' | Should -Not -Exist
        Restore-CacheEntry $two | Out-Null
        'out/a.txt' | Should -Not -Exist
    }

    It 'restores to the same place from a sub-folder' {
        Save-CacheEntry $key out
        Remove-Item out/a.txt
        New-Item -ItemType Directory elsewhere | Out-Null
        Push-Location elsewhere
        (Restore-CacheEntry $key).Hit | Should -BeTrue
        Pop-Location
        'out/a.txt' | Should -Exist
    }

    It 'restores below -Destination, which it makes' {
        Save-CacheEntry $key out
        (Restore-CacheEntry $key -Destination 'new place/deep').Hit | Should -BeTrue
        Get-Content 'new place/deep/out/a.txt' | Should -Be 'aaaa'
    }

    It 'tells a miss by its output, not by an error' {
        $result = Restore-CacheEntry $key -ErrorVariable problems
        $result.Hit | Should -BeFalse
        $result.Match | Should -Be 'None'
        $result.Entry | Should -BeNullOrEmpty
        $problems | Should -BeNullOrEmpty
    }

    It 'restores what a restore key finds' {
        Save-CacheEntry $key out
        Remove-Item out -Recurse
        $result = Restore-CacheEntry (New-CacheKey two -Parent $packages) -RestoreKey $packages
        $result.Match | Should -Be 'RestoreKey'
        'out/a.txt' | Should -Exist
    }

    It 'looks in other scopes' {
        Save-CacheEntry $key out -Scope branch:main
        (Restore-CacheEntry $key -Scope project, branch:main).Match | Should -Be 'Exact'
    }

    It 'takes keys from the pipeline' {
        Save-CacheEntry $key out
        ($key, (New-CacheKey gone).Id | Restore-CacheEntry).Hit | Should -Be $true, $false
        (Get-CacheEntry | Restore-CacheEntry).Hit | Should -BeTrue
    }

    It 'changes nothing with -WhatIf' {
        Save-CacheEntry $key out
        Remove-Item out -Recurse
        Restore-CacheEntry $key -WhatIf | Should -BeNullOrEmpty
        'out' | Should -Not -Exist
    }

    It 'takes an entry whose content is lost as a miss' {
        Save-CacheEntry $key out
        Remove-StoredContent
        (Restore-CacheEntry $key).Match | Should -Be 'None'
        'out/a.txt' | Should -Exist
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    Context 'damaged content' {
        BeforeEach {
            Save-CacheEntry (New-CacheKey zero -Parent $packages) log.txt
            Save-CacheEntry $key out
            # Of the same size, so that only reading it tells.
            $blob = Get-StoredFile blobs | Where-Object { (Get-Content -LiteralPath $_.FullName -Raw) -ceq 'aaaa' }
            $blob.Attributes = 'Normal'
            [IO.File]::WriteAllText($blob.FullName, 'bbbb')
        }

        It 'passes over the entry with a warning and leaves the destination as it was' {
            Set-File out/mine.txt 'mine'
            $result = Restore-CacheEntry $key -Force -WarningVariable warnings -WarningAction SilentlyContinue
            $result.Match | Should -Be 'None'
            "$warnings" | Should -Match 'lost or damaged content'
            Get-Content out/mine.txt | Should -Be 'mine'
            Get-ChildItem -Force | Where-Object Name -like '.buildcache-*' | Should -BeNullOrEmpty
        }

        It 'falls back to a restore key' {
            Remove-Item log.txt
            $result = Restore-CacheEntry $key -RestoreKey $packages -WarningAction SilentlyContinue
            $result.Entry.Key.Parts | Should -Be 'packages', 'zero'
            'log.txt' | Should -Exist
        }

        It 'is an error with -Strict' {
            { Restore-CacheEntry $key -Strict -ErrorAction Stop } | Should -Throw -ErrorId 'BlobCorrupt,BuildCache.PowerShell.RestoreCacheEntryCommand'
        }
    }

    It 'takes a store that cannot be read as a miss with a warning, and as an error with -Strict' {
        Save-CacheEntry $key out
        Lock-StoredEntry
        (Restore-CacheEntry $key -WarningVariable warnings -WarningAction SilentlyContinue).Match | Should -Be 'None'
        "$warnings" | Should -Match 'Taken as a miss'
        { Restore-CacheEntry $key -Strict } | Should -Throw -ErrorId 'StoreUnavailable,BuildCache.PowerShell.RestoreCacheEntryCommand'
    }

    It 'takes a destination that cannot be written as a miss with a warning' {
        Save-CacheEntry $key out
        (Restore-CacheEntry $key -Destination log.txt/below -WarningVariable warnings -WarningAction SilentlyContinue).Hit | Should -BeFalse
        "$warnings" | Should -Match 'cannot be written'
        Get-Content log.txt | Should -Be 'log'
    }

    It 'puts in place what -Path expects, relative to the current location, and nothing of an entry that holds more' {
        New-Item -ItemType Directory sub | Out-Null
        Push-Location sub
        Set-File "$PWD/made" 'made'
        Save-CacheEntry $key made
        (Restore-CacheEntry $key -Path made).Placed | Should -Be (Join-Path $Workspace 'sub/made')
        Remove-Item made
        $missed = Restore-CacheEntry $key -Path other -WarningVariable warnings -WarningAction SilentlyContinue
        $missed.Hit | Should -BeFalse
        "$warnings" | Should -Match "holds 'sub/made', which is not one of the expected paths 'sub/other'.*Taken as a miss"
        { Restore-CacheEntry $key -Path other -Strict -ErrorAction Stop } | Should -Throw -ErrorId 'UnexpectedPath,BuildCache.PowerShell.RestoreCacheEntryCommand'
        'made' | Should -Not -Exist
        Pop-Location
    }

    It 'puts no file in place that tools run by themselves, unless it is expected' {
        Set-File "$PWD/Directory.Build.targets" '<Project />'
        Save-CacheEntry $key Directory.Build.targets
        Remove-Item Directory.Build.targets
        (Restore-CacheEntry $key -WarningVariable warnings -WarningAction SilentlyContinue).Hit | Should -BeFalse
        "$warnings" | Should -Match 'tools read and run by themselves'
        'Directory.Build.targets' | Should -Not -Exist
        (Restore-CacheEntry $key -Path Directory.Build.targets).Hit | Should -BeTrue
        'Directory.Build.targets' | Should -Exist
    }

    It 'reports <Name>' -ForEach @(
        @{ Name = 'a key that is none'; Given = { 'banana' }; Id = 'InvalidCacheId' }
        @{ Name = 'an entry of a later version'; Given = { Save-CacheEntry $key out; Update-StoredEntryFormat; $key }; Id = 'UnsupportedFormat' }
    ) {
        { Restore-CacheEntry (. $Given) -ErrorAction Stop } | Should -Throw -ErrorId "$Id,BuildCache.PowerShell.RestoreCacheEntryCommand"
    }
}
