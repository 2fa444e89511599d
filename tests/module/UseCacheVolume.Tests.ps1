BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Volumes that are held, and that travel' {
    BeforeEach {
        Enter-Workspace
        $volume = Get-CacheVolume tool -Sharing Locked
    }

    AfterEach { Exit-Workspace }

    Context 'Use-CacheVolume' {
        It 'holds a volume for a block, in the scope of the caller' {
            $seen = 0
            $output = Use-CacheVolume $volume {
                $seen = $_.Holders.Count
                $_.Path
                2
            }
            $output | Should -Be $volume.Path, 2
            $seen | Should -Be 1
            $volume.Holders | Should -BeNullOrEmpty
        }

        It 'passes output on as it comes' {
            $held = Use-CacheVolume $volume { 1; 2 } | ForEach-Object { $volume.Holders.Count }
            $held | Should -Be 1, 1
        }

        It 'lets go when <Name>' -ForEach @(
            @{ Name = 'the block throws'; Block = { throw 'oops' } }
            @{ Name = 'an error stops it'; Block = { Write-Error 'oops' -ErrorAction Stop } }
            @{ Name = 'the block breaks'; Block = { break } }
            @{ Name = 'the block returns'; Block = { return 1 } }
            @{ Name = 'the pipeline stops'; Block = { 1..9 } }
        ) {
            do {
                try { Use-CacheVolume $volume $Block | Select-Object -First 1 | Out-Null } catch { "$_" | Should -Be 'oops' }
            } while ($false)
            $volume.Holders | Should -BeNullOrEmpty
        }

        It 'passes errors on' {
            $ErrorActionPreference = 'Continue'
            $Error.Clear()
            Use-CacheVolume $volume { Write-Error 'told'; 'done' } 2>$null | Should -Be 'done'
            "$($Error[0])" | Should -Be 'told'
        }

        It 'lets go when it is stopped' {
            $shell = [PowerShell]::Create().AddScript('param($module, $id) Import-Module $module; Use-CacheVolume $id { Start-Sleep 60 }').AddArgument($module).AddArgument($volume.Id)
            $running = $shell.BeginInvoke()
            for ($i = 0; -not $volume.Holders -and $i -lt 200; $i++) { Start-Sleep -Milliseconds 50 }
            $volume.Holders | Should -HaveCount 1
            $shell.Stop()
            $volume.Holders | Should -BeNullOrEmpty
            $shell.Dispose()
        }

        It 'is stopped while it waits' {
            Use-CacheVolume $volume {
                $shell = [PowerShell]::Create().AddScript('param($module, $id) Import-Module $module; Use-CacheVolume $id { "never" }').AddArgument($module).AddArgument($volume.Id)
                $running = $shell.BeginInvoke()
                Start-Sleep -Milliseconds 500
                $shell.Stop()
                $shell.InvocationStateInfo.State | Should -Be 'Stopped'
                $shell.Dispose()
            }
        }

        It 'holds several, in the order in which they were given' {
            $other = Get-CacheVolume other -Sharing Private
            $paths = $volume, $other | Use-CacheVolume -ScriptBlock { $_.Path }
            $paths[0] | Should -Be $volume.Path
            $paths[1] | Should -BeLike '*copies*0'
        }

        It 'waits no longer than it is told, and says who has it' {
            $script = 'param($module, $id, $timeout) Import-Module $module; try { Use-CacheVolume $id { "never" } -Timeout $timeout } catch { $_.FullyQualifiedErrorId, "$_" }'
            Use-CacheVolume $volume {
                $waiter = [PowerShell]::Create().AddScript($script).AddArgument($module).AddArgument($volume.Id).AddArgument([timespan]::FromSeconds(0.1))
                $id, $message = $waiter.Invoke()
                $id | Should -BeLike 'LockTimeout,*'
                $message | Should -BeLike "*$PID*"
                $waiter.Dispose()
            }
            { Use-CacheVolume $volume { 'never' } -Timeout 30 -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSetting,*'
        }

        It 'says for whom it waits' {
            Use-CacheVolume $volume {
                $waiter = [PowerShell]::Create().AddScript('param($module, $id) Import-Module $module; Use-CacheVolume $id { 1 }').AddArgument($module).AddArgument($volume.Id)
                $running = $waiter.BeginInvoke()
                $limit = [datetime]::UtcNow.AddSeconds(60)
                while (-not $waiter.Streams.Information -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
                "$($waiter.Streams.Information[0])" | Should -BeLike "Waiting for the volume *, which is held by *$PID*"
            }
            $waiter.EndInvoke($running) | Should -Be 1
            $waiter.Dispose()
        }

        It 'refuses a locked volume inside of itself, in this process and in one that it starts' {
            { Use-CacheVolume $volume { Use-CacheVolume (Get-CacheVolume tool -Sharing Locked) { 'never' } -ErrorAction Stop } } | Should -Throw -ErrorId 'VolumeInUse,*'
            Use-CacheVolume $volume { Use-CacheVolume $_ { 'held' } } | Should -Be 'held'
            $script = "Import-Module '$module'; try { Use-CacheVolume '$($volume.Id)' { 2 } } catch { `$_.FullyQualifiedErrorId }"
            $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))
            Use-CacheVolume $volume { pwsh -NoProfile -EncodedCommand $encoded } | Should -BeLike 'VolumeInUse,*'
            Get-ChildItem env:BUILDCACHE_INSIDE -ErrorAction Ignore | Should -BeNullOrEmpty
        }
    }

    Context 'Export-CacheVolume and Import-CacheVolume' {
        It 'carries a volume to another machine' {
            Set-File (Join-Path $volume.Path sub/file) 'content'
            $entry = $volume | Export-CacheVolume -PassThru
            $entry.Key.Parts | Should -Be volume, tool
            $store = $StoreFolder
            $env:BUILDCACHE_HOME = Join-Path $Workspace ../other
            $there = Get-CacheVolume tool -Sharing Locked

            ($there | Import-CacheVolume -Store $store -WhatIf) | Should -BeNullOrEmpty
            $import = $there | Import-CacheVolume -Store $store
            "$($import.Outcome) $($import.Match)" | Should -Be 'Imported Exact'
            $import.Volume.Id | Should -Be $volume.Id
            Get-Content (Join-Path $there.Path sub/file) | Should -Be 'content'
            ($there | Import-CacheVolume -Store $store).Outcome | Should -Be NotEmpty
            Set-File (Join-Path $there.Path own) ''
            ($there | Import-CacheVolume -Store $store -Force).Outcome | Should -Be Imported
            Join-Path $there.Path own | Should -Not -Exist
        }

        It 'falls back to a restore key' {
            Set-File (Join-Path $volume.Path file) 'content'
            $volume | Export-CacheVolume -Key tool, one
            $fresh = Get-CacheVolume tool, two
            ($fresh | Import-CacheVolume).Outcome | Should -Be NoEntry
            $import = $fresh | Import-CacheVolume -RestoreKey nothing, tool
            "$($import.Outcome) $($import.Match)" | Should -Be 'Imported RestoreKey'
            Join-Path $fresh.Path file | Should -Exist
        }

        It 'goes on without a store that is broken, unless it is told to be strict' {
            $broken = New-BrokenStorePath
            ($volume | Import-CacheVolume -Store $broken -WarningAction SilentlyContinue).Outcome | Should -Be NoEntry
            $volume | Export-CacheVolume -Store $broken -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -Match 'Nothing was exported'
            { $volume | Export-CacheVolume -Store $broken -Strict } | Should -Throw -ErrorId 'StoreUnavailable,*'
        }

        It 'exports what the caller holds' {
            Get-CacheVolume p -Sharing Private | Use-CacheVolume -ScriptBlock {
                Set-File (Join-Path $_.Path file) 'content'
                ($_ | Export-CacheVolume -PassThru).FileCount
            } | Should -Be 1
        }
    }

    Context 'Checkpoint-CacheVolume' {
        It 'copies the state to a new directory' {
            Set-File (Join-Path $volume.Path sub/file) 'content'
            $folder = $volume | Checkpoint-CacheVolume -Path 'out/check point'
            Get-Content (Join-Path $folder.FullName sub/file) | Should -Be 'content'
            { $volume | Checkpoint-CacheVolume -Path 'out/check point' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSetting,*'
        }
    }
}
