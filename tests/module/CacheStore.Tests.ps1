BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Get-CacheStore' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    It 'shows the store in use and what it holds' {
        Set-File a.txt 'aaaa'
        Save-CacheEntry (New-CacheKey a) a.txt
        $store = Get-CacheStore
        $store.Uri.LocalPath | Should -Be $StoreFolder
        $store.Kind | Should -Be 'file'
        $store.Reachable | Should -BeTrue
        $store.Writable | Should -BeTrue
        $store.Entries | Should -Be 1
        $store.Blobs | Should -Be 1
        $store.Bytes | Should -Be 4
        $store.ReadOnly | Should -BeFalse
        $store.Problem | Should -BeNullOrEmpty
        $store | Out-String | Should -Match 'Size +Uri[\s\S]*file +True +1 +4 B +file:'
    }

    It 'takes the store of <Name>' -ForEach @(
        @{ Name = 'the parameter'; Prepare = { @{ Store = Join-Path $Workspace mine } } }
        @{ Name = 'a path relative to the location'; Prepare = { @{ Store = 'mine' } } }
        @{ Name = 'the environment'; Prepare = { $env:BUILDCACHE_STORE = Join-Path $Workspace mine; @{} } }
        @{ Name = 'buildcache.json'; Prepare = { @{ store = Join-Path $Workspace mine } | ConvertTo-Json | Set-Content buildcache.json; @{} } }
    ) {
        $parameters = . $Prepare
        (Get-CacheStore @parameters).Uri.LocalPath | Should -Be (Join-Path $Workspace mine)
    }

    It 'makes no store' {
        $store = Get-CacheStore
        $store.Reachable | Should -BeTrue
        $store.Writable | Should -BeNullOrEmpty
        $store.Entries | Should -Be 0
        $StoreFolder | Should -Not -Exist
    }

    It 'tells of a store that cannot be' {
        $store = Get-CacheStore -Store (New-BrokenStorePath) -WarningVariable warnings -WarningAction SilentlyContinue
        $store.Reachable | Should -BeFalse
        $store.Writable | Should -BeFalse
        $store.Entries | Should -BeNullOrEmpty
        "$warnings" | Should -Match 'is a file'
    }

    It 'shows each of several stores, in their order, whether it can be reached or not' {
        Save-CacheEntry (New-CacheKey a) buildcache.json -Store near
        $stores = Get-CacheStore -Store near, (New-BrokenStorePath), "file://$Workspace/far?readonly=true" -WarningVariable warnings -WarningAction SilentlyContinue
        $stores.Kind | Should -Be 'file', 'file', 'file'
        $stores.Reachable | Should -Be $true, $false, $true
        $stores.ReadOnly | Should -Be $false, $false, $true
        $stores.Writable | Should -Be $true, $false, $false
        $stores[0].Uri.LocalPath | Should -Be (Join-Path $Workspace near)
        $stores[0].Entries | Should -Be 1
        $stores[1].Problem | Should -Match 'is a file'
        $stores[2].Entries | Should -Be 0
        $warnings | Should -HaveCount 1
        $stores | Out-String -Width 500 | Should -Match 'far \(only read\)'
    }

    It 'takes several stores as <Name>' -ForEach @(
        @{ Name = 'elements'; Prepare = { @{ Store = 'near', (Join-Path $Workspace far) } } }
        @{ Name = 'a list'; Prepare = { @{ Store = "$(Join-Path $Workspace near);$(Join-Path $Workspace far)" } } }
        @{ Name = 'a list among elements'; Prepare = { @{ Store = 'near', "$(Join-Path $Workspace far);$(Join-Path $Workspace last)" } }; Third = 'last' }
        @{ Name = 'a list of the environment'; Prepare = { $env:BUILDCACHE_STORE = "$(Join-Path $Workspace near);file://$Workspace/far"; @{} } }
        @{ Name = 'a folder with a semicolon in its name'; Prepare = { @{ Store = 'near', 'far', 'x;y' } }; Third = 'x;y' }
        @{ Name = 'paths of a drive'; Prepare = { New-PSDrive Cache FileSystem $Workspace -Scope Global | Out-Null; @{ Store = 'Cache:near', 'Cache:/far' } } }
    ) {
        try {
            $parameters = . $Prepare
            $stores = Get-CacheStore @parameters
            $stores.Uri.LocalPath | Select-Object -First 2 | Should -Be (Join-Path $Workspace near), (Join-Path $Workspace far)
            $stores.Uri.LocalPath | Select-Object -Skip 2 | Should -Be $Third.ForEach{ Join-Path $Workspace $_ }
        }
        finally {
            Get-PSDrive Cache -ErrorAction Ignore | Remove-PSDrive
        }
    }

    It 'takes a folder with a semicolon in its name' {
        (Get-CacheStore -Store 'x;y').Uri.LocalPath | Should -Be (Join-Path $Workspace 'x;y')
    }

    It 'refuses a store of an unknown kind' {
        { Get-CacheStore -Store ftp://host } | Should -Throw -ErrorId 'InvalidStoreUri,BuildCache.PowerShell.GetCacheStoreCommand'
    }

    It 'refuses a store of a later version' {
        New-Item -ItemType Directory $StoreFolder | Out-Null
        Set-Content (Join-Path $StoreFolder version) 999
        { Get-CacheStore -ErrorAction Stop } | Should -Throw -ErrorId 'UnsupportedFormat,BuildCache.PowerShell.GetCacheStoreCommand'
    }
}

Describe 'Optimize-CacheStore' {
    BeforeEach {
        Enter-Workspace
        foreach ($name in 'a', 'b', 'c') {
            Set-File "$name.txt" ($name * 1000)
            Save-CacheEntry (New-CacheKey $name) "$name.txt"
        }

        # An entry was used when it was saved, or later; 'a' longest ago.
        $age = 30
        foreach ($name in 'a', 'b', 'c') {
            (Get-StoredEntryFile | Where-Object { $_.Directory.Name -eq "+$name" }).LastWriteTimeUtc = [datetime]::UtcNow.AddDays(-$age)
            $age -= 10
        }
    }
    AfterEach { Exit-Workspace }

    It 'removes nothing without a limit' {
        $result = Optimize-CacheStore
        $result.RemovedEntries | Should -Be 0
        $result.KeptEntries | Should -Be 3
        $result.KeptBytes | Should -Be 3000
    }

    It 'removes what was not used for long' {
        $told = Optimize-CacheStore -MaximumAge 25.00:00:00 -Verbose 4>&1
        $result = $told[-1]
        $told -join "`n" | Should -Match 'Remove the entry project:demo a \(1 file, 1000 B\): not used for more than 25.00:00:00'
        $result.RemovedEntries, $result.FreedBytes, $result.KeptEntries, $result.KeptBytes | Should -Be 1, 1000, 2, 2000
        (Get-CacheEntry).Key.Parts | Sort-Object | Should -Be 'b', 'c'
    }

    It 'removes the least recently used until the rest fits' {
        (Optimize-CacheStore -MaximumUsed 1KB).RemovedEntries | Should -Be 2
        (Get-CacheEntry).Key.Parts | Should -Be 'c'
    }

    It 'goes down to the target, but not below what is reserved' {
        (Optimize-CacheStore -MaximumUsed 3KB -Target 0 -WhatIf).RemovedEntries | Should -Be 0
        (Optimize-CacheStore -MaximumUsed 2KB -Target 1KB -WhatIf).RemovedEntries | Should -Be 2
        (Optimize-CacheStore -MaximumUsed 2KB -Target 0 -Reserved 1KB -WhatIf).RemovedEntries | Should -Be 2
        (Optimize-CacheStore -MaximumUsed 0 -Reserved 1PB).RemovedEntries | Should -Be 0
    }

    It 'leaves what was used within the keep duration, and tells by how much the limit is missed' {
        $result = Optimize-CacheStore -MaximumUsed 0 -KeepDuration 25.00:00:00
        (Get-CacheEntry).Key.Parts | Sort-Object | Should -Be 'b', 'c'
        $result.ExcessBytes, $result.KeptByDuration, $result.InUse | Should -Be 2000, 2, 0
        $result | Out-String | Should -Match 'Over the limit +: 2 KB \(0 entries in use, 2 kept by the duration\)'
        (Optimize-CacheStore -KeepDuration 15.00:00:00).RemovedEntries | Should -Be 1
    }

    It 'makes space on the disk as far as it can' {
        (Optimize-CacheStore -MinimumFree 1B).RemovedEntries | Should -Be 0
        (Optimize-CacheStore -MinimumFree 100% -Reserved 100% -WhatIf).RemovedEntries | Should -Be 0
        (Optimize-CacheStore -MinimumFree 100%).RemovedEntries | Should -Be 3
    }

    It 'refuses limits that limit nothing' {
        { Optimize-CacheStore -Reserved 1GB } | Should -Throw -ErrorId 'InvalidSetting,BuildCache.PowerShell.OptimizeCacheStoreCommand'
        { Optimize-CacheStore -Target 1GB } | Should -Throw -ErrorId 'InvalidSetting,BuildCache.PowerShell.OptimizeCacheStoreCommand'
        { Optimize-CacheStore -KeepDuration 30 } | Should -Throw -ErrorId 'InvalidSetting,BuildCache.PowerShell.OptimizeCacheStoreCommand'
    }

    It 'reads the size <Size>' -ForEach @(@{ Size = '2000' }, @{ Size = 2000 }, @{ Size = '2000B' }, @{ Size = '1.96 kb' }) {
        (Optimize-CacheStore -MaximumSize $Size).KeptEntries | Should -Be 2
    }

    It 'removes entries whose content is lost' {
        Set-File 'tree/x.txt' 'x'
        Save-CacheEntry (New-CacheKey tree) tree
        Remove-StoredContent
        Optimize-CacheStore -Verbose 4>&1 | Out-String | Should -Match 'project:demo tree \(.*\): its content is lost'
        Get-CacheEntry (New-CacheKey tree) | Should -BeNullOrEmpty
    }

    It 'sweeps content that no entry needs, once it is old enough' {
        Remove-CacheEntry (New-CacheKey a)
        (Optimize-CacheStore).Swept.Count | Should -Be 0
        Get-StoredFile blobs | ForEach-Object { $_.Attributes = 'Normal'; $_.LastWriteTimeUtc = [datetime]::UtcNow.AddHours(-2) }
        $result = Optimize-CacheStore
        $result.Swept.Count | Should -Be 1
        $result.Swept.Bytes | Should -Be 1000
        Test-CacheEntry (New-CacheKey b) | Should -BeTrue
        $result | Out-String | Should -Match 'Swept blobs +: 1 \(1000 B\)'
    }

    It 'tells with -WhatIf what would go and why, and removes nothing' {
        $transcript = Join-Path $TestDrive 'what if.txt'
        Start-Transcript $transcript | Out-Null
        $result = Optimize-CacheStore -MaximumAge 15.00:00:00 -WhatIf
        Stop-Transcript | Out-Null
        $result.RemovedEntries, $result.FreedBytes, $result.KeptEntries | Should -Be 2, 2000, 1
        Get-Content $transcript -Raw | Should -Match 'What if: Remove the entry project:demo a \(1 file, 1000 B\): not used for more than'
        Get-CacheEntry | Should -HaveCount 3
    }

    It 'removes with -Confirm what was agreed to' {
        # Asked from the least recently used on: a, then b.
        'n', 'y' | & $pwsh -NoProfile -Command "Import-Module '$module'; Optimize-CacheStore -MaximumAge 15.00:00:00 -Confirm" | Out-Null
        (Get-CacheEntry).Key.Parts | Sort-Object | Should -Be 'a', 'c'
    }

    It 'refuses the size <Size>' -ForEach @(@{ Size = 'huge' }, @{ Size = '-1' }, @{ Size = '10XB' }, @{ Size = '' }, @{ Size = '99999999999PB' }, @{ Size = '79228162514264337593543950335PB' }) {
        $problem = { Optimize-CacheStore -MaximumSize $Size } | Should -Throw -ErrorId 'InvalidSetting,BuildCache.PowerShell.OptimizeCacheStoreCommand' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }

    It 'refuses an age that was meant as a number of days' {
        { Optimize-CacheStore -MaximumAge 30 } | Should -Throw -ErrorId 'InvalidSetting,BuildCache.PowerShell.OptimizeCacheStoreCommand'
        { Optimize-CacheStore -MaximumAge -1.00:00:00 } | Should -Throw -ErrorId 'InvalidSetting,BuildCache.PowerShell.OptimizeCacheStoreCommand'
        Get-CacheEntry | Should -HaveCount 3
    }

    It 'prunes each of several stores, and leaves alone one that is only read' {
        Save-CacheEntry (New-CacheKey near) a.txt -Store near
        $result = Optimize-CacheStore -MaximumAge 0 -Store near, "file://$StoreFolder`?readonly=true"
        $result | Should -HaveCount 1
        $result.Store.LocalPath | Should -Be (Join-Path $Workspace near)
        $result.RemovedEntries | Should -Be 1
        Get-CacheEntry -Store near | Should -BeNullOrEmpty
        $result = Optimize-CacheStore -MaximumAge 25.00:00:00 -Store near, $StoreFolder
        $result.KeptEntries | Should -Be 0, 2
        $result[1] | Out-String | Should -Match 'Store +: file:'
    }

    It 'removes nothing when an entry is of a later version' {
        Update-StoredEntryFormat
        { Optimize-CacheStore -MaximumAge 0 -ErrorAction Stop } | Should -Throw -ErrorId 'UnsupportedFormat,BuildCache.PowerShell.OptimizeCacheStoreCommand'
        Get-StoredEntryFile | Should -HaveCount 3
    }
}
