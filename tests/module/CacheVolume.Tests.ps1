BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Cache volumes' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    Context 'Get-CacheVolume' {
        It 'gives the same directory for the same key, however it is named' {
            $volume = Get-CacheVolume -Key nuget, net10.0
            $volume.Path | Should -Exist
            $key = New-CacheKey nuget, net10.0

            (Get-CacheVolume nuget, net10.0).Path | Should -Be $volume.Path
            (Get-CacheVolume $key).Path | Should -Be $volume.Path
            ($key | Get-CacheVolume).Path | Should -Be $volume.Path
            (Get-CacheVolume $key.Id).Path | Should -Be $volume.Path
            (Get-CacheVolume net10.0 -Parent (Get-CacheVolume nuget)).Path | Should -Be $volume.Path
            (Get-CacheVolume net10.0 -Parent (New-CacheKey nuget)).Path | Should -Be $volume.Path
            (Get-CacheVolume net10.0 -Parent (New-CacheKey nuget).Id).Path | Should -Be $volume.Path
            (Get-CacheVolume -Id $volume.Id).Path | Should -Be $volume.Path
        }

        It 'gives another for another scope, source or sharing' {
            New-Item -ItemType Directory seed | Out-Null
            $paths = (Get-CacheVolume a).Path, (Get-CacheVolume a -Scope global).Path, (Get-CacheVolume a -Source seed).Path, (Get-CacheVolume a -Sharing Locked).Path
            $paths | Select-Object -Unique | Should -HaveCount 4
        }

        It 'shares between projects that name the same scope' {
            $one = (Get-CacheVolume a -Scope team:core).Path
            $own = (Get-CacheVolume a).Path
            Set-Content buildcache.json '{ "project": "other" }'
            (Get-CacheVolume a -Scope team:core).Path | Should -Be $one
            (Get-CacheVolume a).Path | Should -Not -Be $own
        }

        It 'seeds it once from a directory' {
            Set-File seed/sub/file 'one'
            $volume = Get-CacheVolume a -Source seed
            Get-Content (Join-Path $volume.Path sub/file) | Should -Be 'one'
            Set-File seed/sub/file 'two'
            Get-Content (Join-Path (Get-CacheVolume a -Source ./seed/).Path sub/file) | Should -Be 'one'
            $volume.Identity.Source | Should -Be 'seed'
        }

        It 'lists all' {
            Get-CacheVolume | Should -BeNullOrEmpty
            Get-CacheVolume a | Out-Null
            Get-CacheVolume b -Sharing Private | Out-Null
            (Get-CacheVolume).Key.Parts | Sort-Object | Should -Be a, b
        }

        It 'says what it is' {
            $volume = Get-CacheVolume nuget, net10.0
            Set-File (Join-Path $volume.Path file) '12345'
            $text = Get-CacheVolume -Id $volume.Id | Out-String
            foreach ($part in 'nuget / net10.0', 'project:demo', 'Shared', $volume.Path, '5 B \(1 files\)') { $text | Should -Match $part }
        }

        It 'refuses what is no id, and says what an id names that is not here' {
            { Get-CacheVolume -Id banana -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidVolumeId,*'
            $id = (Get-CacheVolume gone).Id
            Get-CacheVolume | Remove-CacheVolume
            { Get-CacheVolume -Id $id -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeNotFound,*' -ExpectedMessage '*project:demo gone*'
        }

        It 'refuses a key without parts or with an empty one' {
            { Get-CacheVolume '' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheKey,*'
            { Get-CacheVolume a, '' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheKey,*'
            { Get-CacheVolume a, (Get-CacheVolume b) -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheKey,*' -ExpectedMessage '*-Parent*'
        }

        It 'gives fresh ones for a run' {
            $env:BUILDCACHE_SESSION = 'run 7'
            $stays = Get-CacheVolume a
            $env:BUILDCACHE_VOLUMES = 'Fresh'
            $fresh = Get-CacheVolume a
            $fresh.Path | Should -Not -Be $stays.Path
            (Get-CacheVolume a).Path | Should -Be $fresh.Path
            $env:BUILDCACHE_VOLUMES = 'Sometimes'
            { Get-CacheVolume a -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSetting,*'
        }
    }

    Context 'Mount-CacheVolume and Dismount-CacheVolume' {
        It 'puts a volume where a tool looks, and takes it away' {
            $mount = Mount-CacheVolume -Key npm -Path 'web/node modules'
            Set-File 'web/node modules/file' 'kept'
            Join-Path $mount.Volume.Path file | Should -Exist
            (Get-CacheVolume npm).Mounts | Should -Be (Join-Path $Workspace 'web/node modules')
            { Get-CacheVolume npm | Remove-CacheVolume -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeInUse,*'

            $mount | Dismount-CacheVolume
            'web/node modules' | Should -Not -Exist
            Join-Path $mount.Volume.Path file | Should -Exist
        }

        It 'refuses what stands there, or keeps it' {
            Set-File node_modules/file 'precious'
            $volume = Get-CacheVolume npm
            { $volume | Mount-CacheVolume -Path node_modules -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidMountPoint,*' -ExpectedMessage '*not empty*'
            $mount = $volume | Mount-CacheVolume -Path node_modules -Force
            $mount.KeptAt | Should -Exist
            'node_modules/file' | Should -Not -Exist
            Dismount-CacheVolume node_modules
            Get-Content node_modules/file | Should -Be 'precious'
            { Dismount-CacheVolume node_modules -ErrorAction Stop } | Should -Throw -ErrorId 'VolumeNotFound,*'
        }

        It 'holds a locked volume until it is dismounted' {
            $volume = Get-CacheVolume a -Sharing Locked
            $volume | Mount-CacheVolume -Path place | Out-Null
            $volume.Holders.ProcessId | Should -Be $PID
            { $volume | Mount-CacheVolume -Path other -Timeout 0:0:0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'LockTimeout,*'
            Dismount-CacheVolume place
            $volume.Holders | Should -BeNullOrEmpty
        }

        It 'only tells with -WhatIf' {
            Mount-CacheVolume -Key a -Path place -WhatIf
            'place' | Should -Not -Exist
            Get-CacheVolume | Should -BeNullOrEmpty
        }
    }

    Context 'Remove-CacheVolume and Optimize-CacheVolume' {
        It 'removes one' {
            Get-CacheVolume a | Remove-CacheVolume -WhatIf
            Get-CacheVolume | Should -HaveCount 1
            Get-CacheVolume a | Remove-CacheVolume
            Get-CacheVolume | Should -BeNullOrEmpty
        }

        It 'prunes the least recently used, and tells beforehand' {
            foreach ($name in 'a', 'b') {
                Set-File (Join-Path (Get-CacheVolume $name).Path file) ('x' * 1000)
                Start-Sleep -Milliseconds 20
            }

            $plan = Optimize-CacheVolume -MaximumUsed 1500 -WhatIf
            $plan.Removed.Volume.Key.Parts | Should -Be a
            $plan.Removed.Reason | Should -Match 'least recently used'
            Get-CacheVolume | Should -HaveCount 2

            $result = Optimize-CacheVolume -MaximumUsed 1500
            $result.Removed.Volume.Key.Parts | Should -Be a
            (Get-CacheVolume).Key.Parts | Should -Be b
            $result | Out-String | Should -Match 'Removed : 1 \(1000 B\)'
        }

        It 'leaves alone what is held' {
            Get-CacheVolume a | Use-CacheVolume -ScriptBlock { (Optimize-CacheVolume -MaximumAge 0).Removed } | Should -BeNullOrEmpty
            (Optimize-CacheVolume -MaximumAge 0).Removed | Should -HaveCount 1
        }
    }
}
