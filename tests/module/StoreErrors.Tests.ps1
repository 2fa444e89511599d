BeforeDiscovery {
    # Not fetched here: the tests of the core do that, which have more time.
    $servers = Join-Path ($env:XDG_CACHE_HOME ? $env:XDG_CACHE_HOME : (Join-Path $HOME '.cache')) 'buildcache-tests/servers'
    $hasCasd = $IsLinux -and (Test-Path "$servers/casd-*")
    $hasMoto = $IsLinux -and (Test-Path "$servers/moto-*")
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1

    # Starts a real server, which lives no longer than this session holds its input; gives its address.
    function Start-Server([string]$Name) {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $start = [Diagnostics.ProcessStartInfo]::new('bash', [string[]]((Join-Path $PSScriptRoot '../servers/start.sh'), $Name, $port, (Join-Path $TestDrive $Name)))
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.Environment['WHILE_STDIN'] = '1'
        $process = [Diagnostics.Process]::Start($start)
        $process.BeginOutputReadLine()
        $process.BeginErrorReadLine()
        foreach ($try in 1..300) {
            $client = [Net.Sockets.TcpClient]::new()
            try { $client.Connect('127.0.0.1', $port); break } catch { Start-Sleep -Milliseconds 100 } finally { $client.Dispose() }
        }

        [pscustomobject]@{ Process = $process; Port = $port }
    }

    function Assert-Fetched([bool]$IsFetched, [string]$Name) {
        if (-not $IsFetched) { Set-ItResult -Skipped -Because "$Name is not fetched yet; the tests of the core do that" }
    }

    function Stop-Server($Server) {
        $Server.Process.StandardInput.Close()
        $Server.Process.WaitForExit(10000) | Out-Null
    }

    # What each cmdlet makes of a store that fails: rows, an error with -Strict, a miss with a warning, and a problem that is shown.
    function Assert-StoreFails([string]$Store, [string]$Id, [string]$Category, [string]$Words) {
        $steps = @(Test-CacheStore -Store $Store -ErrorAction Stop)
        $steps | Should -HaveCount 1
        $steps[0].Step | Should -Be 'reach'
        $steps[0].Passed | Should -BeFalse
        $steps[0].ErrorId | Should -Be $Id
        $steps[0].Message | Should -Match $Words
        $steps[0].Message | Should -Not -Match 'hunter2'

        $key = New-CacheKey k
        $problem = { Test-CacheEntry $key -Store $Store -Strict } | Should -Throw -ErrorId "$Id,BuildCache.PowerShell.TestCacheEntryCommand" -PassThru
        $problem.CategoryInfo.Category | Should -Be $Category
        $problem.Exception.Message | Should -Match $Words
        "$($problem.Exception)" | Should -Not -Match 'hunter2'

        Test-CacheEntry $key -Store $Store -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        $warnings | Should -HaveCount 1

        $info = Get-CacheStore -Store $Store -WarningAction SilentlyContinue
        $info.Reachable | Should -BeFalse
        $info.Problem | Should -Match $Words
    }
}

Describe 'A store that' {
    BeforeEach {
        Enter-Workspace
        $before = @{}
        foreach ($variable in 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_EC2_METADATA_DISABLED', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN') {
            $before[$variable] = [Environment]::GetEnvironmentVariable($variable)
            [Environment]::SetEnvironmentVariable($variable, $null)
        }

        # What this machine has is nothing to the tests.
        $env:AWS_CONFIG_FILE = $env:AWS_SHARED_CREDENTIALS_FILE = Join-Path $TestDrive none
        $env:AWS_EC2_METADATA_DISABLED = 'true'
    }
    AfterEach {
        $before.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
        Exit-Workspace
    }

    It 'is <Name> is refused before anything is asked' -ForEach @(
        @{ Name = 'no URI'; Store = 's3//bucket:x://y'; Words = 'neither a URI nor the full path' }
        @{ Name = 'of an unknown kind'; Store = 'ftp://host/x'; Words = "no store of kind 'ftp'" }
        @{ Name = 'a URI with an unknown option'; Store = 's3://bucket?speed=hunter2'; Words = "unknown option 'speed'; known are endpoint, region, pathStyle, readonly" }
        @{ Name = 'a URI with a password'; Store = 's3://user:hunter2@bucket'; Words = 'user name or password' }
        @{ Name = 'a bucket without a name'; Store = 's3:///prefix'; Words = "as in 's3://bucket/prefix'" }
        @{ Name = 'a server without a port'; Store = 'grpc://host'; Words = "as in 'grpc://localhost:50051'" }
        @{ Name = 'more than gha:'; Store = 'gha://github'; Words = "'gha:' and nothing more" }
    ) {
        foreach ($command in { Test-CacheStore -Store $Store }, { Get-CacheStore -Store $Store }, { Test-CacheEntry (New-CacheKey k) -Store $Store }) {
            $problem = $command | Should -Throw -ErrorId 'InvalidStoreUri,*' -PassThru
            $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $problem.Exception.Message | Should -Match ([regex]::Escape($Words))
            $problem.Exception.Message | Should -Match 'Use a directory.*or a URI'
            "$($problem.Exception)" | Should -Not -Match 'hunter2'
        }
    }

    It 'has a file where its folder should be' {
        foreach ($store in (New-BrokenStorePath), (Join-Path $Workspace 'a file')) {
            $step = (Test-CacheStore -Store $store)[-1]
            $step.Passed | Should -BeFalse
            $step.ErrorId | Should -Be 'StoreUnavailable'
            $step.Message | Should -Match 'cannot be used'
            $info = Get-CacheStore -Store $store -WarningAction SilentlyContinue
            $info.Reachable | Should -BeFalse
            $info.Problem | Should -Match "a file' is a file. Name another directory"
            $problem = { Save-CacheEntry (New-CacheKey k) buildcache.json -Store $store -Strict } | Should -Throw -ErrorId 'StoreUnavailable,*' -PassThru
            $problem.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        }
    }

    It 'nothing answers for: <Store>' -ForEach @(
        @{ Store = 'grpc://127.0.0.1:1'; Words = 'grpc://127.0.0.1:1 cannot be reached: Connection refused.*Check the host and the port' }
        @{ Store = 's3://bucket?endpoint=http://127.0.0.1:1&region=us-east-1&pathStyle=true'; Words = 's3://bucket/ at http://127.0.0.1:1 cannot be reached.*Check the network and the endpoint' }
    ) {
        $env:AWS_ACCESS_KEY_ID = $env:AWS_SECRET_ACCESS_KEY = 'hunter2'
        Assert-StoreFails $Store StoreUnavailable ResourceUnavailable $Words
    }

    It 'is GitHub''s outside of a job' {
        Assert-StoreFails 'gha:' StoreUnavailable ResourceUnavailable 'ACTIONS_RESULTS_URL is not set.*Outside of GitHub Actions use another store'
    }

    It 'is S3 without credentials' {
        Assert-StoreFails 's3://bucket?region=us-east-1&endpoint=http://127.0.0.1:1&pathStyle=true' StoreAccessDenied PermissionDenied 'No credentials for.*AWS_ACCESS_KEY_ID'
    }

    It 'is S3 without a region' {
        $env:AWS_ACCESS_KEY_ID = $env:AWS_SECRET_ACCESS_KEY = 'hunter2'
        $step = Test-CacheStore -Store s3://bucket
        $step.ErrorId | Should -Be 'InvalidStoreUri'
        $step.Message | Should -Match "Add 'region=…'"
        { Test-CacheEntry (New-CacheKey k) -Store s3://bucket -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidStoreUri,*'
    }

    It 'is to trust an authority whose file is not there' {
        $store = "grpcs://127.0.0.1:1?ca=$Workspace/absent.pem"
        (Test-CacheStore -Store $store).Message | Should -Match "CA file '.*absent.pem' cannot be read"
        $problem = { Test-CacheEntry (New-CacheKey k) -Store $store -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSetting,*' -PassThru
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }

    Context 'is a real REAPI server' -ForEach @{ IsFetched = $hasCasd } {
        BeforeAll { if ($IsFetched) { $casd = Start-Server casd } }
        AfterAll { if ($IsFetched) { Stop-Server $casd } }

        It 'passes all steps' {
            Assert-Fetched $IsFetched buildbox-casd
            $steps = Test-CacheStore -Store "grpc://127.0.0.1:$($casd.Port)"
            $steps.Passed | Should -Not -Contain $false
            $steps.Kind | Select-Object -Unique | Should -Be 'reapi'
            $steps.Where{ $_.Step -eq 'clock' }.Message | Should -Be 'It does not tell its time.'
        }

        It 'has no such instance' {
            Assert-Fetched $IsFetched buildbox-casd
            Assert-StoreFails "grpc://127.0.0.1:$($casd.Port)/no/such" StoreNotFound ObjectNotFound "no instance 'no/such'. Check what follows the port"
        }

        It 'speaks no TLS' {
            Assert-Fetched $IsFetched buildbox-casd
            Assert-StoreFails "grpcs://127.0.0.1:$($casd.Port)" StoreUnsuitable InvalidOperation 'If the server does not use TLS, write grpc://'
        }
    }

    Context 'is a real S3 server' -ForEach @{ IsFetched = $hasMoto } {
        BeforeAll {
            if (-not $IsFetched) { return }
            $moto = Start-Server moto
            Invoke-RestMethod -Method Put "http://127.0.0.1:$($moto.Port)/bucket" -Headers @{ Authorization = 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request' } | Out-Null
        }
        AfterAll { if ($IsFetched) { Stop-Server $moto } }
        BeforeEach { $env:AWS_ACCESS_KEY_ID = $env:AWS_SECRET_ACCESS_KEY = 'hunter2' }

        It 'passes all steps, and tells its time' {
            Assert-Fetched $IsFetched moto
            $steps = Test-CacheStore -Store "s3://bucket?endpoint=http://127.0.0.1:$($moto.Port)&region=us-east-1&pathStyle=true"
            $steps.Passed | Should -Not -Contain $false
            $steps.Where{ $_.Step -eq 'clock' }.Message | Should -Match '^It is [0-5]\.\d s (ahead|behind)\.$'
        }

        It 'has no such bucket' {
            Assert-Fetched $IsFetched moto
            $step = Test-CacheStore -Store "s3://other?endpoint=http://127.0.0.1:$($moto.Port)&region=us-east-1&pathStyle=true"
            $step.ErrorId | Should -Be 'StoreNotFound'
            $step.Message | Should -Match "no bucket 'other'.*Create it, or correct the URI"
        }

        It 'speaks no TLS' {
            Assert-Fetched $IsFetched moto
            $step = Test-CacheStore -Store "s3://bucket?endpoint=https://127.0.0.1:$($moto.Port)&region=us-east-1&pathStyle=true"
            $step.ErrorId | Should -Be 'StoreUnsuitable'
            $step.Message | Should -Match 'write http://'
        }
    }
}
