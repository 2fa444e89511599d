BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Test-CacheEntry' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/a.txt' 'a'
        $packages = New-CacheKey packages
        $old = New-CacheKey old -Parent $packages
        $new = New-CacheKey new -Parent $packages
    }
    AfterEach { Exit-Workspace }

    It 'answers with a Boolean' {
        Test-CacheEntry $new | Should -BeFalse
        Save-CacheEntry $new out
        Test-CacheEntry $new | Should -BeTrue
        Test-CacheEntry $new | Should -BeOfType bool
    }

    It 'takes a key, an id, the pipeline and an entry' {
        Save-CacheEntry $new out
        Test-CacheEntry -Key $new.Id | Should -BeTrue
        $new, $old.Id | Test-CacheEntry | Should -Be $true, $false
        Get-CacheEntry | Test-CacheEntry | Should -BeTrue
    }

    It 'finds the newest entry that a restore key matches' {
        Save-CacheEntry $old out
        Start-Sleep -Milliseconds 20
        Save-CacheEntry (New-CacheKey newer -Parent $packages) out
        Test-CacheEntry $new | Should -BeFalse
        $result = Test-CacheEntry $new -RestoreKey $packages.Id -PassThru
        $result.Hit | Should -BeTrue
        $result.Match | Should -Be 'RestoreKey'
        $result.Entry.Key.Parts | Should -Be 'packages', 'newer'
        "$($result.Key.Id)" | Should -Be $new.Id
    }

    It 'tries restore keys in their order' {
        Save-CacheEntry $old out
        Save-CacheEntry (New-CacheKey other) out
        (Test-CacheEntry $new -RestoreKey (New-CacheKey oth), $packages -PassThru).Entry.Key.Parts | Should -Be 'other'
        (Test-CacheEntry $new -RestoreKey $packages, (New-CacheKey oth) -PassThru).Entry.Key.Parts | Should -Be 'packages', 'old'
    }

    It 'looks in several scopes, in their order' {
        Save-CacheEntry $new out -Scope branch:main
        Test-CacheEntry $new | Should -BeFalse
        (Test-CacheEntry $new -Scope project, branch:main -PassThru).Match | Should -Be 'Exact'
    }

    It 'passes over a stale entry, removes it, and falls back' {
        Set-File 'other/b.txt' 'b'
        Save-CacheEntry $old other
        $kept = (Get-StoredFile blobs).FullName
        Save-CacheEntry $new out
        Get-StoredFile blobs | Where-Object FullName -notin $kept | Remove-Item -Force
        $result = Test-CacheEntry $new -RestoreKey $packages -PassThru
        $result.Match | Should -Be 'RestoreKey'
        $result.Entry.Key.Parts | Should -Be 'packages', 'old'
        $result.Stale.Key.Parts | Should -Be 'packages', 'new'
        (Get-CacheEntry).Key.Parts | Should -Be 'packages', 'old'
    }

    It 'finds nothing in the mode <Mode>' -ForEach @(@{ Mode = 'WriteOnly' }, @{ Mode = 'Audit' }, @{ Mode = 'off' }) {
        Save-CacheEntry $new out
        $env:BUILDCACHE_MODE = $Mode
        Test-CacheEntry $new | Should -BeFalse
    }

    It 'takes a store that cannot be read as a miss with a warning, and as an error with -Strict' {
        Save-CacheEntry $new out
        Lock-StoredEntry
        Test-CacheEntry $new -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        "$warnings" | Should -Match 'cannot be used.*Taken as a miss'
        { Test-CacheEntry $new -Strict } | Should -Throw -ErrorId 'StoreUnavailable,BuildCache.PowerShell.TestCacheEntryCommand'
    }

    It 'refuses a plain text and names the command that makes a key of it' {
        $problem = { Test-CacheEntry banana -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheId,BuildCache.PowerShell.TestCacheEntryCommand' -PassThru
        $problem.Exception.Message | Should -Match 'New-CacheKey'
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }

    It 'refuses an id with <Name>' -ForEach @(
        @{ Name = 'a typing error'; Alter = { param($id) $id.Substring(0, 12) + $(if ($id[12] -ceq 'A') { 'B' } else { 'A' }) + $id.Substring(13) } }
        @{ Name = 'its end cut off'; Alter = { param($id) $id.Substring(0, $id.Length - 3) } }
        @{ Name = 'nothing in it'; Alter = { '' } }
    ) {
        { Test-CacheEntry (& $Alter $new.Id) -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheId,BuildCache.PowerShell.TestCacheEntryCommand'
    }

    It 'refuses a bad restore key, whatever the preference' {
        { Test-CacheEntry $new -RestoreKey $packages, banana -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidCacheId,BuildCache.PowerShell.TestCacheEntryCommand'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a scope of an unknown kind'; Parameters = @{ Scope = 'galaxy:x' }; Id = 'InvalidScope' }
        @{ Name = 'a store of an unknown kind'; Parameters = @{ Store = 'ftp://host/store' }; Id = 'InvalidStoreUri' }
        @{ Name = 'a scheme without slashes'; Parameters = @{ Store = 'nope:store' }; Id = 'InvalidStoreUri' }
    ) {
        $problem = { Test-CacheEntry $new @Parameters } | Should -Throw -ErrorId "$Id,BuildCache.PowerShell.TestCacheEntryCommand" -PassThru
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }

    It 'refuses the malformed <Name>' -ForEach @(
        @{ Name = 'settings file'; Prepare = { Set-Content buildcache.json '{' }; Id = 'InvalidConfiguration'; Category = 'InvalidData' }
        @{ Name = 'store of the environment'; Prepare = { $env:BUILDCACHE_STORE = 'ftp://x' }; Id = 'InvalidStoreUri'; Category = 'InvalidArgument' }
        @{ Name = 'scope of the environment'; Prepare = { $env:BUILDCACHE_SCOPE = 'galaxy' }; Id = 'InvalidScope'; Category = 'InvalidArgument' }
        @{ Name = 'mode of the environment'; Prepare = { $env:BUILDCACHE_MODE = 'sometimes' }; Id = 'InvalidSetting'; Category = 'InvalidArgument' }
    ) {
        . $Prepare
        $problem = { Test-CacheEntry $new } | Should -Throw -ErrorId "$Id,BuildCache.PowerShell.TestCacheEntryCommand" -PassThru
        $problem.CategoryInfo.Category | Should -Be $Category
    }

    It 'reports an entry of a later version, and goes on with the next key' {
        Save-CacheEntry $old out
        Update-StoredEntryFormat
        Save-CacheEntry $new out
        $old, $new | Test-CacheEntry -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeTrue
        $problems[0].FullyQualifiedErrorId | Should -Be 'UnsupportedFormat,BuildCache.PowerShell.TestCacheEntryCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'InvalidData'
        "$($problems[0].TargetObject)" | Should -Be "$old"
    }
}
