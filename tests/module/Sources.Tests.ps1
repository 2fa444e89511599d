BeforeAll {
    . $PSScriptRoot/Sandbox.ps1

    function Invoke-Git {
        $output = git -c user.name=test -c user.email=test@example.org -c protocol.file.allow=always @args 2>&1
        if ($LASTEXITCODE) { throw "git $args`: $output" }
        $output
    }

    # Commits one file to a repository, which is made if it is not there; gives the commit.
    function New-Commit([string]$Repository, [string]$Content) {
        if (-not (Test-Path $Repository)) { Invoke-Git init --quiet --template= --initial-branch=main $Repository }
        Set-File "$Repository/text.txt" $Content
        Invoke-Git -C $Repository add --all
        Invoke-Git -C $Repository commit --quiet --message change
        Invoke-Git -C $Repository rev-parse HEAD
    }

    function Set-Settings([string]$Json) {
        Set-Content buildcache.json $Json
    }
}

Describe 'Sources' {
    BeforeAll {
        # Made once: git starts many processes.
        $template = Join-Path $TestDrive template
        $first = New-Commit $template/zlib 'zlib one'
        $firstOfFmt = New-Commit $template/fmt 'fmt one'

        # As Resolve-SourceRef -Update would.
        function Set-Ref {
            (Get-Content buildcache.json -Raw).Replace('"here:zlib",', """here:zlib"", ""ref"": ""$first"",").Replace('"here:fmt",', """here:fmt"", ""ref"": ""$firstOfFmt"",") |
                Set-Content buildcache.json
        }
    }
    BeforeEach {
        Enter-Workspace
        $origin = Join-Path (Split-Path $Workspace) origin
        Copy-Item $template $origin -Recurse
        Set-Settings @"
{
  "`$schema": "../docs/buildcache.schema.json",
  // where they come from
  "aliases": { "here": "file://$origin/" },
  "sources": {
    "zlib": {
      "kind": "git", "url": "here:zlib",
      "track": "main"
    },
    "fmt": { "kind": "git", "url": "here:fmt", "track": "main", "directory": "third/fmt" }
  }
}
"@
    }
    AfterEach { Exit-Workspace }

    Context 'Resolve-SourceRef' {
        It 'tells what the branches are at' {
            $resolved = Resolve-SourceRef
            $resolved.Name | Should -Be 'zlib', 'fmt'
            $resolved[0].Ref | Should -Be $first
            $resolved[0].Uri | Should -Be "file://$origin/zlib"
            $resolved.AnsweredBy | Should -Be 'Native', 'Native'
            $resolved.Changed | Should -Be $true, $true
            $resolved[0].Age | Should -Be ([timespan]::Zero)
            ($resolved | Out-String) | Should -Match "zlib +$($first.Substring(0, 12)) +Native"
        }

        It 'takes names, also through the pipeline' {
            (Resolve-SourceRef fmt).Name | Should -Be 'fmt'
            ('fmt', 'zlib' | Resolve-SourceRef).Name | Should -Be 'fmt', 'zlib'
        }

        It 'writes a ref only where it changed, and leaves the rest of the file' {
            $before = Get-Content buildcache.json -Raw
            Resolve-SourceRef -Update -WhatIf | Out-Null
            Get-Content buildcache.json -Raw | Should -Be $before
            Resolve-SourceRef -Update | Out-Null
            $after = Get-Content buildcache.json -Raw
            $after -replace ',\s*"ref": "[0-9a-f]{40}"' | Should -Be $before
            $after | Should -Match 'where they come from'
            $time = (Get-Item buildcache.json).LastWriteTimeUtc
            (Resolve-SourceRef -Update).Changed | Should -Be $false, $false
            (Get-Item buildcache.json).LastWriteTimeUtc | Should -Be $time
            $second = New-Commit $origin/zlib 'zlib two'
            (Resolve-SourceRef -Update).Changed | Should -Be $true, $false
            Get-Content buildcache.json -Raw | Should -Be $after.Replace($first, $second)
        }

        It 'takes a source that is not declared' {
            $resolved = Resolve-SourceRef -Url here:zlib -Track main
            $resolved.Name | Should -Be 'zlib'
            $resolved.Ref | Should -Be $first
            $resolved.Place | Should -BeNullOrEmpty
            $resolved = Resolve-SourceRef license -Kind file -Url "file://$origin/zlib/text.txt"
            $resolved.Name | Should -Be 'license'
            $resolved.Ref | Should -Match '^sha256:[0-9a-f]{64}$'
        }

        It 'makes each source that fails an error of its own, with its name and its line' {
            Set-Settings @"
{
  "aliases": { "here": "file://$origin/", "a1": "a2:", "a2": "a1:" },
  "sources": {
    "good": { "kind": "git", "url": "here:zlib", "track": "main" },
    "branch": { "kind": "git", "url": "here:zlib", "track": "gone" },
    "alias": { "kind": "git", "url": "nowhere:zlib", "track": "main" },
    "cycle": { "kind": "git", "url": "a1:zlib", "track": "main" },
    "kind": { "kind": "svn", "url": "here:zlib" },
    "ref": { "kind": "git", "url": "here:zlib", "ref": "main" },
    "option": { "kind": "git", "url": "here:zlib", "track": "main", "deep": 1 },
    "away": { "kind": "git", "url": "here:absent", "track": "main" }
  }
}
"@
            $resolved = Resolve-SourceRef -ErrorAction SilentlyContinue -ErrorVariable problems
            $resolved.Name | Should -Be 'good'
            $problems | Should -HaveCount 7
            $expected = @(
                @('branch', 5, 'RefNotFound', 'ObjectNotFound'), @('alias', 6, 'UnknownAlias', 'InvalidArgument'), @('cycle', 7, 'AliasCycle', 'InvalidArgument'),
                @('kind', 8, 'InvalidSource', 'InvalidArgument'), @('ref', 9, 'InvalidRef', 'InvalidArgument'), @('option', 10, 'InvalidSource', 'InvalidArgument'),
                @('away', 11, 'SourceUnavailable', 'ResourceUnavailable'))
            for ($i = 0; $i -lt 7; $i++) {
                $name, $line, $id, $category = $expected[$i]
                $problems[$i].FullyQualifiedErrorId | Should -Be "$id,BuildCache.PowerShell.ResolveSourceRefCommand"
                $problems[$i].CategoryInfo.Category | Should -Be $category
                $problems[$i].TargetObject | Should -Be $name
                $problems[$i].Exception.Message | Should -Match "'$name' \(.*buildcache\.json\($line\)\)"
            }
        }

        It 'ends over a file that cannot be read, with its line' {
            Set-Settings "{`n  ""sources"": {`n    ""zlib"": { ""kind"": ""git"" }`n  }`n}"
            { Resolve-SourceRef -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidConfiguration,*' -ExpectedMessage '*buildcache.json(3)*'
        }

        It 'says what else is wrong: <Because>' -ForEach @(
            @{ Because = 'no such source'; Id = 'SourceNotDeclared'; Command = { Resolve-SourceRef nothing -ErrorAction Stop }; Words = 'Declared are zlib, fmt' }
            @{ Because = 'an age in ticks'; Id = 'InvalidSetting'; Command = { Resolve-SourceRef -MaxAge 30 }; Words = 'less than a second' }
            @{ Because = 'no service'; Id = 'InvalidSetting'; Command = { Resolve-SourceRef -Policy AssetOnly -ErrorAction Stop }; Words = 'Give -AssetService' }
            @{ Because = 'no service to push to'; Id = 'InvalidSetting'; Command = { Resolve-SourceRef -Push -ErrorAction Stop }; Words = 'Give -AssetService' }
            @{ Because = 'a service that is none'; Id = 'InvalidStoreUri'; Command = { Resolve-SourceRef -Policy AssetOnly -AssetService s3://bucket -ErrorAction Stop }; Words = 'is no asset service' }
            @{ Because = 'nobody to publish to'; Id = 'InvalidSetting'; Command = { Publish-SourceRef -ErrorAction Stop }; Words = 'Give -AssetService' }
            @{ Because = 'no ref yet'; Id = 'InvalidRef'; Command = { Save-Source zlib -ErrorAction Stop }; Words = 'Track it with Resolve-SourceRef' }
            @{ Because = 'a directory for two'; Id = 'InvalidSetting'; Command = { Save-Source -Path x -ErrorAction Stop -WarningAction SilentlyContinue }; Words = 'one source at a time' }
            @{ Because = 'the workspace itself'; Id = 'InvalidSetting'; Command = { Save-Source zlib -Path . -Force -ErrorAction Stop }; Words = 'holds the workspace itself' }
        ) {
            $problem = $Command | Should -Throw -ErrorId "$Id,*" -PassThru
            $problem.Exception.Message | Should -Match $Words
        }

        It 'publishes nothing with -WhatIf, and clones nothing for it' {
            $resolved = Resolve-SourceRef -Push -AssetService grpc://127.0.0.1:1 -WhatIf -WarningVariable warnings
            $resolved.Pushed | Should -Be $false, $false
            $warnings | Should -BeNullOrEmpty
            Set-Ref
            Publish-SourceRef -AssetService grpc://127.0.0.1:1 -WhatIf | Should -BeNullOrEmpty
            Save-Source -Push -AssetService grpc://127.0.0.1:1 -WhatIf | Should -BeNullOrEmpty
            Get-SourceCache | Should -BeNullOrEmpty
        }

        It 'publishes nothing that lies on this machine' {
            Set-Ref
            Publish-SourceRef -AssetService grpc://127.0.0.1:1 -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
            $problems.FullyQualifiedErrorId | Should -Be (@('InvalidSource,BuildCache.PowerShell.PublishSourceRefCommand') * 2)
        }

        It 'goes on without a service that is away, and is told of it once' {
            $resolved = Resolve-SourceRef -Policy AssetThenNative -AssetService grpc://127.0.0.1:1 -Push -WarningVariable warnings -WarningAction SilentlyContinue
            $resolved.AnsweredBy | Should -Be 'Native', 'Native'
            $resolved.Pushed | Should -Be $false, $false
            @("$warnings" -split '(?=grpc://127.0.0.1:1 cannot be reached)').Count | Should -BeLessThan 6
            $env:BUILDCACHE_ASSET_SERVICE = 'grpc://127.0.0.1:1'
            Resolve-SourceRef -Policy AssetOnly -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
            $problems.FullyQualifiedErrorId | Should -Be (@('StoreUnavailable,BuildCache.PowerShell.ResolveSourceRefCommand') * 2)
            $problems[1].Exception.Message | Should -Match "'fmt' \(.*buildcache.json\(10\)\)"
        }
    }

    Context 'Save-Source' {
        BeforeEach { Set-Ref }

        It 'stages each source where it belongs, and then from the cache' {
            $staged = Save-Source
            $staged.Name | Should -Be 'zlib', 'fmt'
            $staged.From | Should -Be 'Origin', 'Origin'
            Get-Content sources/zlib/text.txt | Should -Be 'zlib one'
            Get-Content third/fmt/text.txt | Should -Be 'fmt one'
            'sources/zlib/.git' | Should -Not -Exist
            Rename-Item $origin gone
            (Save-Source).From | Should -Be 'UpToDate', 'UpToDate'
            Remove-Item sources, third -Recurse
            $staged = Save-Source
            $staged.From | Should -Be 'Cache', 'Cache'
            ($staged | Out-String) | Should -Match "zlib +$($first.Substring(0, 12)) +Cache"
            (Save-Source zlib elsewhere).Directory | Should -Be (Join-Path $Workspace elsewhere)
        }

        It 'stages what Resolve-SourceRef gave, over what it staged before' {
            Save-Source | Out-Null
            New-Commit $origin/zlib 'zlib two' | Out-Null
            (Resolve-SourceRef | Save-Source).From | Should -Be 'Origin', 'UpToDate'
            Get-Content sources/zlib/text.txt | Should -Be 'zlib two'
            (Save-Source zlib).From | Should -Be 'Cache'
            Get-Content sources/zlib/text.txt | Should -Be 'zlib one'
        }

        It 'leaves what somebody else put there, unless told' {
            Set-File sources/zlib/mine.txt 'mine'
            $staged = Save-Source -ErrorAction SilentlyContinue -ErrorVariable problems
            $staged.Name | Should -Be 'fmt'
            $problems.FullyQualifiedErrorId | Should -Be 'DestinationNotEmpty,BuildCache.PowerShell.SaveSourceCommand'
            $problems[0].CategoryInfo.Category | Should -Be 'ResourceExists'
            'sources/zlib/mine.txt' | Should -Exist
            Save-Source zlib -Force | Out-Null
            'sources/zlib/mine.txt' | Should -Not -Exist
        }

        It 'does nothing with -WhatIf' {
            Save-Source -WhatIf
            'sources' | Should -Not -Exist
        }

        It 'warns of pointers of LFS' {
            New-Commit $origin/zlib "version https://git-lfs.github.com/spec/v1`noid sha256:$('0' * 64)`nsize 1`n" | Out-Null
            Resolve-SourceRef zlib | Save-Source -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
            "$warnings" | Should -Match "1 files of the source 'zlib'.*pointers of LFS"
        }

        It 'takes a source that is not declared' {
            (Save-Source -Url here:zlib -Ref $first -Path out).From | Should -Be 'Origin'
            Get-Content out/text.txt | Should -Be 'zlib one'
        }

        It 'uses no cache that is off' {
            $env:BUILDCACHE_MODE = 'Off'
            Save-Source | Out-Null
            (Save-Source).From | Should -Be 'UpToDate', 'UpToDate'
            $StoreFolder | Should -Not -Exist
        }

        It 'puts nothing outside of the workspace for a project' {
            (Get-Content buildcache.json -Raw).Replace('third/fmt', '../fmt') | Set-Content buildcache.json
            $problem = { Save-Source fmt -Force -ErrorAction Stop } | Should -Throw -ErrorId 'PathOutsideWorkspace,*' -PassThru
            $problem.Exception.Message | Should -Match "'fmt' \(.*buildcache.json"
        }

        It 'shows no secrets of an address' {
            $ErrorActionPreference = 'Continue'
            $env:GIT_ALLOW_PROTOCOL = 'file:nothing'
            try {
                Set-Settings '{ "sources": { "secret": { "kind": "git", "url": "http://user:hunter2@127.0.0.1:1/x?token=hunter3", "track": "main", "ref": "1111111111111111111111111111111111111111" } } }'
                $text = @(
                    Resolve-SourceRef -Verbose *>&1
                    Save-Source -Verbose *>&1
                    Publish-SourceRef -AssetService grpc://127.0.0.1:1 -Verbose *>&1
                    Get-SourceCache *>&1) | ForEach-Object { $_ | Out-String; if ($_ -is [Management.Automation.ErrorRecord]) { "$($_.Exception)" } }
                "$text" | Should -Match "'secret'"
                "$text" | Should -Not -Match 'hunter'
            }
            finally { Remove-Item env:GIT_ALLOW_PROTOCOL }
        }
    }

    Context 'The source cache' {
        BeforeEach {
            Set-Ref
            Save-Source | Out-Null
            Save-CacheEntry (New-CacheKey 'source', 'of', 'another') buildcache.json
            Save-CacheEntry (New-CacheKey 'sources', 'too', 'x' -Scope global) buildcache.json
        }

        It 'is listed, without what is no source' {
            $cached = Get-SourceCache
            $cached.Name | Sort-Object | Should -Be 'fmt', 'zlib'
            $cached.Kind | Should -Be 'git', 'git'
            ($cached | Where-Object Name -eq zlib).Bytes | Should -Be 8
            ($cached | Where-Object Name -eq zlib).LastUsed | Should -BeGreaterThan ([DateTimeOffset]::Now.AddMinutes(-5))
            (Get-SourceCache zlib).Name | Should -Be 'zlib'
            ($cached | Out-String) | Should -Match 'zlib +git +1 +8 B'
            New-Commit $origin/zlib 'zlib two' | Out-Null
            Resolve-SourceRef zlib -Update | Out-Null
            (Get-SourceCache).Name | Should -Contain $null
        }

        It 'is cleared by name, or whole' {
            Clear-SourceCache -WhatIf
            Get-SourceCache | Should -HaveCount 2
            Clear-SourceCache zlib
            (Get-SourceCache).Name | Should -Be 'fmt'
            Clear-SourceCache zlib
            Clear-SourceCache
            Get-SourceCache | Should -BeNullOrEmpty
            Get-CacheEntry | Should -HaveCount 2
        }

        It 'is one that Remove-CacheEntry knows' {
            Get-SourceCache | Remove-CacheEntry
            Get-SourceCache | Should -BeNullOrEmpty
        }
    }
}
