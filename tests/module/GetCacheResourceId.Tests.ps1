BeforeAll {
    . $PSScriptRoot/Sandbox.ps1

    function New-TestSocket([string]$Path) {
        $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $socket.Bind([Net.Sockets.UnixDomainSocketEndPoint]::new($Path))
        $socket.Listen()
        $socket
    }
}

Describe 'Get-CacheResourceId' {
    BeforeEach {
        Enter-Workspace
        # Paths of sockets are short.
        $script:Short = [IO.Directory]::CreateTempSubdirectory('bc-').FullName
        $script:Open = [Collections.Generic.List[IDisposable]]::new()
    }
    AfterEach {
        foreach ($resource in $Open) { $resource.Dispose() }
        Remove-Item -LiteralPath $Short -Recurse -Force
        Remove-Item env:CACHE_TEST_SECRET, env:CACHE_TEST_OTHER -ErrorAction Ignore
        Exit-Workspace
    }

    Context 'sockets and pipes' {
        It 'gives an id of the socket itself, of its server, or of a name' {
            $Open.Add((New-TestSocket "$Short/a.sock"))
            $Open.Add((New-TestSocket "$Short/b.sock"))
            Set-File server 'version 1'
            $itself = Get-CacheResourceId -Socket "$Short/a.sock"
            $itself.Kind | Should -Be 'Socket'
            $itself.Name | Should -Be "$Short/a.sock"
            $itself.Id | Should -BeLike 'bcr1_*'
            (Get-CacheResourceId -Socket "$Short/a.sock").Id | Should -Be $itself.Id
            $served = Get-CacheResourceId -Socket "$Short/a.sock" -ServedBy server
            $served.Id | Should -Not -Be $itself.Id
            $digest = (Get-FileHash server -Algorithm SHA256).Hash.ToLowerInvariant() + '/' + (Get-Item server).Length
            (Get-CacheResourceId -Socket "$Short/a.sock" -ServedBy $digest).Id | Should -Be $served.Id
            Set-File server 'version 2'
            (Get-CacheResourceId -Socket "$Short/a.sock" -ServedBy server).Id | Should -Not -Be $served.Id
            (Get-CacheResourceId -Socket "$Short/a.sock" -Name db).Id | Should -Be (Get-CacheResourceId -Socket "$Short/b.sock" -Name db).Id
        }

        It 'takes a path relative to the current location' {
            Push-Location $Short
            $Open.Add((New-TestSocket "$Short/a.sock"))
            (Get-CacheResourceId -Socket a.sock).Name | Should -Be "$Short/a.sock"
            Pop-Location
        }

        It 'reports what is not there, or is no socket, with and without a name' {
            Set-File 'file' 'x'
            foreach ($arguments in @{ Socket = 'none' }, @{ Socket = 'none'; Name = 'db' }, @{ NamedPipe = 'buildcache-none' }, @{ SecretVariable = 'CACHE_TEST_SECRET'; Name = 'x' }, @{ SshAgent = $true; Socket = 'none' }) {
                { Get-CacheResourceId @arguments -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceNotFound,BuildCache.PowerShell.GetCacheResourceIdCommand'
            }
            Get-CacheResourceId -Socket none -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $problems[0].TargetObject | Should -Be 'none'
            if ($IsLinux) { { Get-CacheResourceId -Socket file -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceNotFound,*' }
        }

        It 'gives an id of a named pipe' {
            $name = "buildcache-$([guid]::NewGuid().ToString('n'))"
            $Open.Add([IO.Pipes.NamedPipeServerStream]::new($name))
            $pipe = Get-CacheResourceId -NamedPipe $name
            $pipe.Kind | Should -Be 'NamedPipe'
            (Get-CacheResourceId -NamedPipe "\\.\pipe\$name").Id | Should -Be $pipe.Id
        }

        It 'is readable at the prompt' {
            $Open.Add((New-TestSocket "$Short/a.sock"))
            $text = Get-CacheResourceId -Socket "$Short/a.sock" | Out-String -Width 300
            $text | Should -Match 'Kind : Socket'
            $text | Should -Match 'Id   : bcr1_'
        }
    }

    Context 'SSH agents' {
        It 'gives an id of the set of keys of a real agent' {
            if (-not (Get-Command ssh-agent -CommandType Application -ErrorAction Ignore) -or $IsWindows) { Set-ItResult -Skipped -Because 'there is no ssh-agent' }
            $agent = Start-Process ssh-agent -ArgumentList '-D', '-a', "$Short/agent.sock" -PassThru -RedirectStandardOutput "$Short/log"
            $before = $env:SSH_AUTH_SOCK
            try {
                $until = [datetime]::UtcNow.AddSeconds(5)
                while (-not (Test-Path "$Short/agent.sock") -and [datetime]::UtcNow -lt $until) { Start-Sleep -Milliseconds 20 }
                $env:SSH_AUTH_SOCK = "$Short/agent.sock"
                $empty = Get-CacheResourceId -SshAgent
                ssh-keygen -q -t ed25519 -N '' -C me -f "$Short/key"
                ssh-add -q "$Short/key"
                $one = Get-CacheResourceId -SshAgent
                $one.Id | Should -Not -Be $empty.Id
                (Get-CacheResourceId -SshAgent -Socket "$Short/agent.sock").Id | Should -Be $one.Id
                (New-CacheKey a -Resource $one).Id | Should -Not -Be (New-CacheKey a -Resource $empty).Id
                (Get-CacheResourceId -SshAgent -Name deploy).Name | Should -Be 'deploy'
            }
            finally {
                $env:SSH_AUTH_SOCK = $before
                $agent.Kill()
            }
        }
    }

    Context 'secrets' {
        It 'gives the id of a value, from a SecureString and from a variable' {
            $env:CACHE_TEST_SECRET = 'correct horse'
            $variable = Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET
            $variable.Name | Should -Be 'CACHE_TEST_SECRET'
            $secure = Get-CacheResourceId -Secret (ConvertTo-SecureString 'correct horse' -AsPlainText -Force)
            $secure.Name | Should -BeNullOrEmpty
            $secure.Digest | Should -Be $variable.Digest
            $env:CACHE_TEST_SECRET = 'another'
            (Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET).Id | Should -Not -Be $variable.Id
            (Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET -Name key-1).Id | Should -Be (Get-CacheResourceId -Secret (ConvertTo-SecureString x -AsPlainText -Force) -Name key-1).Id
        }

        It 'refuses <Name> without telling it' -ForEach @(
            @{ Name = 'a text'; Value = 'hunter2' }
            @{ Name = 'a number'; Value = 8675309 }
            @{ Name = 'a hashtable'; Value = @{ p = 'hunter2' } }
            @{ Name = 'a custom object'; Value = [pscustomobject]@{ p = 'hunter2' } }
        ) {
            $problem = $null
            try { Get-CacheResourceId -Secret $Value -ErrorAction Stop } catch { $problem = $_ }
            $problem.FullyQualifiedErrorId | Should -Be 'InvalidSetting,BuildCache.PowerShell.GetCacheResourceIdCommand'
            $problem.TargetObject | Should -BeNullOrEmpty
            "$problem $($problem | Out-String) $($problem | Format-List * -Force | Out-String) $($problem.Exception | Format-List * -Force | Out-String)" | Should -Not -Match 'hunter2|8675309'
        }

        It 'refuses a list without telling it' {
            $list = 'hunter2', 'hunter2'
            { Get-CacheResourceId -Secret $list } | Should -Throw -ErrorId 'CannotConvertArgument,*'
            "$($Error[0]) $($Error[0] | Format-List * -Force | Out-String)" | Should -Not -Match 'hunter2'
        }

        It 'refuses an empty secret, and a malformed salt' {
            { Get-CacheResourceId -Secret ([securestring]::new()) -ErrorAction Stop } | Should -Throw -ErrorId 'ResourceNotFound,*'
            $env:CACHE_TEST_SECRET = 'hunter2'
            $env:BUILDCACHE_SECRET_SALT = 'not a salt'
            Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems[0].FullyQualifiedErrorId | Should -Be 'InvalidSalt,BuildCache.PowerShell.GetCacheResourceIdCommand'
            $problems[0].CategoryInfo.Category | Should -Be 'SecurityError'
            "$($problems[0])" | Should -Not -Match 'not a salt'
        }

        It 'leaves the value in nothing that is stored or printed' {
            $env:CACHE_TEST_SECRET = 'correct-horse-battery-9'
            $said = & {
                $id = Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET -Verbose -Debug
                $id | Format-List * -Force
                $id
                $key = New-CacheKey deploy -Resource $id -Verbose -Debug
                $key.Fingerprint.Inputs | Format-List * -Force
                Set-File out.txt 'x'
                $key | Save-CacheEntry -Path out.txt -Verbose -Debug | Format-List * -Force
                Get-CacheEntry | Format-List * -Force
                New-CacheKey deploy -Resource $env:CACHE_TEST_SECRET -ErrorAction Continue
                $env:BUILDCACHE_SECRET_SALT = 'x'
                Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET -ErrorAction Continue
            } *>&1 | Out-String -Width 1000
            $said | Should -Match 'bcr1_'
            $said | Should -Match 'secret:CACHE_TEST_SECRET'
            $stored = Get-ChildItem -LiteralPath $env:BUILDCACHE_HOME -Recurse -File | ForEach-Object { [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($_.FullName)) }
            @($stored).Count | Should -BeGreaterThan 3
            $bytes = [Text.Encoding]::UTF8.GetBytes($env:CACHE_TEST_SECRET)
            $forms = $env:CACHE_TEST_SECRET, [Convert]::ToHexStringLower($bytes), [Convert]::ToBase64String($bytes).TrimEnd('='), [Convert]::ToHexStringLower([Security.Cryptography.SHA256]::HashData($bytes)),
                [Text.Encoding]::Latin1.GetString([Security.Cryptography.SHA256]::HashData($bytes)), [Text.Encoding]::Latin1.GetString([Text.Encoding]::Unicode.GetBytes($env:CACHE_TEST_SECRET))
            foreach ($form in $forms) {
                "$said`n$stored".Contains($form, [StringComparison]::OrdinalIgnoreCase) | Should -BeFalse
            }
        }
    }

    Context 'as inputs of keys' {
        It 'makes a key of ids and of their texts' {
            $env:CACHE_TEST_SECRET = 'one'
            $env:CACHE_TEST_OTHER = 'two'
            $one = Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET
            $two = Get-CacheResourceId -SecretVariable CACHE_TEST_OTHER
            $key = New-CacheKey a -Resource $one, $two.Id
            $key.Id | Should -Be (New-CacheKey a -Resource $two, $one).Id
            $key.Id | Should -Not -Be (New-CacheKey a -Resource $one).Id
            $key.Fingerprint.Inputs.ForEach{ "$($_.Kind) $($_.Name)" } | Should -Be 'resource secret:CACHE_TEST_OTHER', 'resource secret:CACHE_TEST_SECRET'
            (New-CacheKey a -Resource @()).Id | Should -Be (New-CacheKey a).Id
        }

        It 'takes two sockets at unstable paths, and refuses two resources of one name' {
            $Open.Add((New-TestSocket "$Short/a.sock"))
            $Open.Add((New-TestSocket "$Short/b.sock"))
            (New-CacheKey a -Resource (Get-CacheResourceId -Socket "$Short/a.sock"), (Get-CacheResourceId -Socket "$Short/b.sock")).Fingerprint.Inputs | Should -HaveCount 2
            $env:CACHE_TEST_SECRET = 'one'
            $one = Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET
            $env:CACHE_TEST_SECRET = 'two'
            { New-CacheKey a -Resource $one, (Get-CacheResourceId -SecretVariable CACHE_TEST_SECRET) -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheKey,*'
        }

        It 'refuses what is no id' {
            { New-CacheKey a -Resource banana -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheId,BuildCache.PowerShell.NewCacheKeyCommand'
            { New-CacheKey a -Resource (New-CacheKey b).Id -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheId,*'
        }
    }
}
