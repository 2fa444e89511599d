BeforeDiscovery {
    # Not fetched here: the tests of the core do that, which have more time.
    $servers = Join-Path ($env:XDG_CACHE_HOME ? $env:XDG_CACHE_HOME : (Join-Path $HOME '.cache')) 'buildcache-tests/servers'
    $hasCasd = $IsLinux -and (Test-Path "$servers/casd-*")
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    $example = Join-Path $PSScriptRoot '../../examples/sources/run.ps1'
    . $PSScriptRoot/../../examples/sources/FileServer.ps1
}

Describe 'examples/sources' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    It 'tracks natively and stages from the cache without a service' {
        $output = & $example -Module $module 6>&1 | Out-String
        $output | Should -Match '3 sources are equal: same refs, same digests'
    }

    Context 'with a service' -ForEach @{ IsFetched = $hasCasd } {
        BeforeAll {
            if (-not $IsFetched) { return }
            $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
            $listener.Start()
            $port = $listener.LocalEndpoint.Port
            $listener.Stop()
            $start = [Diagnostics.ProcessStartInfo]::new('bash', [string[]]((Join-Path $PSScriptRoot '../servers/start.sh'), 'casd', $port, (Join-Path $TestDrive casd)))
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
            # It lives no longer than this session holds its input.
            $start.Environment['WHILE_STDIN'] = '1'
            $casd = [Diagnostics.Process]::Start($start)
            $casd.BeginOutputReadLine()
            $casd.BeginErrorReadLine()
            foreach ($try in 1..300) {
                $client = [Net.Sockets.TcpClient]::new()
                try { $client.Connect('127.0.0.1', $port); break } catch { Start-Sleep -Milliseconds 100 } finally { $client.Dispose() }
            }
        }
        AfterAll {
            if ($IsFetched) {
                $casd.StandardInput.Close()
                $casd.WaitForExit(10000) | Out-Null
            }
        }

        It 'resolves and stages in a clone that has no git what another clone pushed' {
            if (-not $IsFetched) { Set-ItResult -Skipped -Because 'buildbox-casd is not fetched yet; the tests of the core do that' }
            $output = & $example -Module $module -AssetService "grpc://127.0.0.1:$port" 6>&1 | Out-String
            $output | Should -Match '3 sources are equal: same refs, same digests, same files'
        }

        It 'publishes what is declared under its ref alone, and what was tracked under its branch too' {
            if (-not $IsFetched) { Set-ItResult -Skipped -Because 'buildbox-casd is not fetched yet; the tests of the core do that' }
            $env:BUILDCACHE_ASSET_SERVICE = "grpc://127.0.0.1:$port"
            $repository = Join-Path (Split-Path $Workspace) library
            git init --quiet --initial-branch=main $repository
            Set-File "$repository/text.txt" ([guid]::NewGuid())
            git -C $repository add --all
            git -C $repository -c user.name=t -c user.email=t@example.org commit --quiet --message change
            $commit = git -C $repository rev-parse HEAD
            git -C $repository update-server-info
            $server = Start-FileServer $repository
            Set-Content buildcache.json "{ ""sources"": { ""library"": { ""kind"": ""git"", ""url"": ""$($server.Address).git"", ""track"": ""main"", ""ref"": ""$commit"" } } }"

            $published = Publish-SourceRef
            $published.Ref | Should -Be $commit
            $published.Tracked | Should -BeNullOrEmpty
            ($published | Out-String) | Should -Match 'library +[0-9a-f]{12} +Origin'
            { Resolve-SourceRef -Policy AssetOnly -ErrorAction Stop } | Should -Throw -ErrorId 'RefNotFound,*'
            (Resolve-SourceRef -Policy AssetThenNative | Publish-SourceRef).Tracked | Should -BeGreaterThan ([DateTimeOffset]::Now.AddMinutes(-5))

            Stop-FileServer $server
            Clear-SourceCache
            $resolved = Resolve-SourceRef -Policy AssetOnly -MaxAge 01:00:00
            $resolved.Ref | Should -Be $commit
            $resolved.AnsweredBy | Should -Be 'AssetService'
            $resolved.Digest | Should -Be $published.Digest
            $resolved.Age | Should -BeGreaterThan ([timespan]::Zero)
            (Save-Source).From | Should -Be 'AssetService'
            { Publish-SourceRef -AssetService "$env:BUILDCACHE_ASSET_SERVICE`?readonly=true" -ErrorAction Stop } | Should -Throw -ErrorId 'UnsupportedByStore,*'
        }
    }
}
