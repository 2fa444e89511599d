BeforeAll {
    . $PSScriptRoot/Sandbox.ps1

    # What a fresh session answers, from JSON.
    function Invoke-Session([scriptblock]$Script) {
        $prelude = "`$ErrorActionPreference = 'Stop'; `$module = '$module'; `$folder = '$(New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid())))'`n"
        $output = & $pwsh -NoProfile -NonInteractive -Command ($prelude + $Script.ToString()) 2>&1
        $LASTEXITCODE | Should -Be 0 -Because ($output -join "`n")
        $output | Select-Object -Last 1 | ConvertFrom-Json
    }
}

Describe 'The module' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    It 'exports the cmdlets of its manifest, and nothing else' {
        $manifest = Import-PowerShellDataFile (Get-Module BuildCache).Path.Replace('BuildCache.PowerShell.dll', 'BuildCache.psd1')
        (Get-Command -Module BuildCache).Name | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        (Get-Module BuildCache).Version | Should -Be $manifest.ModuleVersion
        (Get-Module BuildCache).ModuleBase | Split-Path -Leaf | Should -Be $manifest.ModuleVersion
    }

    It 'has approved verbs and singular nouns' {
        foreach ($command in Get-Command -Module BuildCache) {
            $command.Verb | Should -BeIn (Get-Verb).Verb
            $command.Noun | Should -BeIn 'CacheKey', 'CacheSigningKey', 'CacheEntry', 'CacheStore', 'CacheScope', 'BuildCacheSetting', 'CacheResourceId', 'CacheVolume', 'CachedCommand', 'Source', 'SourceRef', 'SourceCache', 'SourceMirror'
        }
    }

    It 'is found on PSModulePath' {
        $answer = Invoke-Session {
            $env:PSModulePath = (Split-Path $module) + [IO.Path]::PathSeparator + $env:PSModulePath
            @{ Parts = (New-CacheKey found).Parts } | ConvertTo-Json -Compress
        }
        $answer.Parts | Should -Be 'found'
    }

    It 'can be removed and imported again' {
        $answer = Invoke-Session {
            Import-Module $module
            $before = New-CacheKey a
            Remove-Module BuildCache
            Import-Module $module
            @{ Loaded = $null -ne (Get-Module BuildCache); Parts = (New-CacheKey b -Parent $before).Parts } | ConvertTo-Json -Compress
        }
        $answer.Loaded | Should -BeTrue
        $answer.Parts | Should -Be 'a', 'b'
    }

    It 'works in several runspaces at once' {
        $parts = 1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:module
            (New-CacheKey "run $_").Parts
        }
        $parts | Sort-Object | Should -Be 'run 1', 'run 2', 'run 3', 'run 4'
    }

    It 'loads its dependencies apart from those of the session' {
        $answer = Invoke-Session {
            Import-Module $module
            New-CacheKey a -Glob '*' | Out-Null
            $contexts = @{}
            foreach ($assembly in [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object Location -like (Join-Path $module '*')) {
                $contexts[$assembly.GetName().Name] = [Runtime.Loader.AssemblyLoadContext]::GetLoadContext($assembly).Name
            }
            $contexts | ConvertTo-Json -Compress
        }
        $answer.'BuildCache.PowerShell' | Should -Be 'Default'
        $answer.'BuildCache.Core' | Should -Be 'BuildCache'
        $answer.'Microsoft.Extensions.FileSystemGlobbing' | Should -Be 'BuildCache'
    }

    # Saving and restoring a directory takes protobuf messages.
    It 'lives beside another Google.Protobuf that was loaded <When>' -ForEach @(@{ When = 'before it' }, @{ When = 'after it' }) {
        $script = {
            Set-Location $folder
            $env:BUILDCACHE_HOME = Join-Path $folder home
            '{}' | Set-Content buildcache.json
            $other = Join-Path $folder Google.Protobuf.dll
            $name = [Reflection.AssemblyName]::new('Google.Protobuf')
            $name.Version = '99.0.0.0'
            $assembly = [Reflection.Emit.PersistedAssemblyBuilder]::new($name, [object].Assembly)
            $type = $assembly.DefineDynamicModule('Google.Protobuf').DefineType('Google.Protobuf.Other', 'Public')
            $code = $type.DefineMethod('Hello', 'Public, Static', [string], @()).GetILGenerator()
            $code.Emit([Reflection.Emit.OpCodes]::Ldstr, 'other')
            $code.Emit([Reflection.Emit.OpCodes]::Ret)
            $null = $type.CreateType()
            $assembly.Save($other)
            $save = {
                New-Item -ItemType Directory out | Out-Null
                'text' | Set-Content out/a.txt
                Save-CacheEntry (New-CacheKey a) out -Strict
                Remove-Item out -Recurse
                Restore-CacheEntry (New-CacheKey a) -Strict | Out-Null
                Get-Content out/a.txt
            }
            if ($isLoadedBefore) {
                $null = [Reflection.Assembly]::LoadFrom($other)
                Import-Module $module
                $restored = & $save
            }
            else {
                Import-Module $module
                $restored = & $save
                $null = [Reflection.Assembly]::LoadFrom($other)
            }
            @{
                Restored = $restored
                Hello    = [Google.Protobuf.Other]::Hello()
                Versions = @([AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'Google.Protobuf' } |
                    ForEach-Object { "$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name) $($_.GetName().Version)" } | Sort-Object)
            } | ConvertTo-Json -Compress
        }
        $answer = Invoke-Session ([scriptblock]::Create("`$isLoadedBefore = `$$($When -eq 'before it')`n" + $script))
        $answer.Restored | Should -Be 'text'
        $answer.Hello | Should -Be 'other'
        $answer.Versions | Should -HaveCount 2
        $answer.Versions[0] | Should -BeLike 'BuildCache 3.*'
        $answer.Versions[1] | Should -Be 'Default 99.0.0.0'
    }

    It 'shows progress, stops when it is told to, and leaves nothing half-saved' {
        # Large, and sparse where the file system allows: saving it takes seconds.
        $file = [IO.File]::Create((Join-Path $Workspace 'large.bin'))
        $file.SetLength(6GB)
        $file.Dispose()
        $session = [powershell]::Create()
        try {
            $session.AddScript("Set-Location '$Workspace'; Import-Module '$module'; Save-CacheEntry (New-CacheKey large) large.bin -Strict") | Out-Null
            $running = $session.BeginInvoke()
            $limit = [datetime]::UtcNow.AddSeconds(60)
            while ($session.Streams.Progress.Count -eq 0 -and -not $running.IsCompleted -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
            $session.Streams.Progress.Count | Should -BeGreaterThan 0
            $session.Streams.Progress[0].Activity | Should -Match '^Saving project:demo large'
            $running.IsCompleted | Should -BeFalse

            $watch = [Diagnostics.Stopwatch]::StartNew()
            $session.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
            $session.InvocationStateInfo.State | Should -Be 'Stopped'
        }
        finally {
            $session.Dispose()
        }

        Get-CacheEntry | Should -BeNullOrEmpty
        Get-StoredFile tmp | Should -BeNullOrEmpty
    }
}
