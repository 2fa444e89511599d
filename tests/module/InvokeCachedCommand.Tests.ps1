BeforeAll {
    . $PSScriptRoot/Sandbox.ps1

    # All that a command writes, as text that can be compared: the stream, the type and what it says.
    function Get-Picture([scriptblock]$Command) {
        & $Command *>&1 | ForEach-Object {
            $detail = switch ($_) {
                { $_ -is [Management.Automation.ErrorRecord] } { "$($_.FullyQualifiedErrorId) $($_.CategoryInfo.Category) $($_.TargetObject)" }
                { $_ -is [Management.Automation.InformationRecord] } { "$($_.Tags) $($_.MessageData.ForegroundColor)" }
            }
            $type = $null -eq $_ ? 'null' : $_.GetType().Name
            "$type|$_|$detail".TrimEnd('|', ' ')
        }
    }

    function Get-RunCount { (Test-Path runs) ? @(Get-Content runs).Count : 0 }
}

Describe 'Invoke-CachedCommand' {
    BeforeEach {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'the commands that are run here are lines of sh' }
        Enter-Workspace
        $global:LASTEXITCODE = 0
    }
    AfterEach { Exit-Workspace }

    It 'runs a block once, and then gives its outputs and its output' {
        Set-File 'in.txt' 'one'
        $use = { Invoke-CachedCommand gen -File in.txt -Output out, made.txt { 'run' >> runs; New-Item -ItemType Directory out -Force | Out-Null; Get-Content in.txt > out/a.txt; 'x' > made.txt; 'said' } }
        & $use | Should -Be 'said'
        Remove-Item out, made.txt -Recurse
        & $use | Should -Be 'said'
        Get-Content out/a.txt, made.txt | Should -Be 'one', 'x'
        Get-RunCount | Should -Be 1

        Set-File 'in.txt' 'two'
        & $use | Should -Be 'said'
        Get-Content out/a.txt | Should -Be 'two'
        Get-RunCount | Should -Be 2
    }

    It 'replays every stream in order, so that a hit cannot be told from a run' {
        $ErrorActionPreference = 'Continue'
        $use = {
            Invoke-CachedCommand streams {
                'text'; 42; [datetime]'2020-02-03'; $null; [pscustomobject]@{ a = 1 }; , @(1, 2)
                Write-Error boo -ErrorId Mine -Category OpenError -TargetObject me
                Write-Warning careful
                Write-Verbose more -Verbose
                Write-Debug deep -Debug
                Write-Information info -Tags t
                Write-Host hello -ForegroundColor Red
                sh -c 'echo out; sleep 0.1; echo err >&2; sleep 0.1; echo out2'
                Get-Item missing
                'last'
                'run' >> runs
            }
        }
        $first = Get-Picture $use
        $second = Get-Picture $use
        Get-RunCount | Should -Be 1
        $second | Should -Be $first
        $first | Should -Be @(
            'String|text', 'Int32|42', 'DateTime|02/03/2020 00:00:00', 'null', 'PSCustomObject|@{a=1}', 'ArrayList|1 2',
            'ErrorRecord|boo|Mine OpenError me', 'WarningRecord|careful', 'VerboseRecord|more', 'DebugRecord|deep', 'InformationRecord|info|t', 'InformationRecord|hello|PSHOST Red',
            'String|out', 'ErrorRecord|err|NativeCommandError NotSpecified err', 'String|out2',
            "ErrorRecord|Cannot find path '$(Join-Path $Workspace missing)' because it does not exist.|PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand ObjectNotFound $(Join-Path $Workspace missing)",
            'String|last')
    }

    It 'writes as it goes, and each stream where it is sent' {
        $ErrorActionPreference = 'Continue'
        foreach ($i in 1, 2) {
            $out = Invoke-CachedCommand a { 'o'; Write-Error e; Write-Warning w; Write-Host h } 2>err.txt 3>warn.txt 6>info.txt -ErrorVariable problem
            $out | Should -Be 'o'
            Get-Content err.txt -Raw | Should -Match 'e'
            Get-Content warn.txt | Should -Be 'w'
            Get-Content info.txt | Should -Be 'h'
            "$problem" | Should -Be 'e'
            Invoke-CachedCommand b { 1..5 } | Select-Object -First 2 | Should -Be 1, 2
        }
    }

    It 'gives the exit code, and leaves it alone where there is none' {
        foreach ($i in 1, 2) {
            sh -c 'exit 4'
            Invoke-CachedCommand none { 'x' } | Should -Be 'x'
            $LASTEXITCODE | Should -Be 4
            Invoke-CachedCommand some { sh -c 'exit 0' }
            $LASTEXITCODE | Should -Be 0
        }
    }

    It 'runs a failure again, unless it is to be kept' {
        foreach ($i in 1, 2) {
            Invoke-CachedCommand fails { 'run' >> runs; sh -c 'exit 3' }
            $LASTEXITCODE | Should -Be 3
        }
        Get-RunCount | Should -Be 2
        foreach ($i in 1, 2) {
            sh -c 'exit 0'
            Invoke-CachedCommand fails { 'run' >> runs; sh -c 'exit 3' } -CacheFailure
            $LASTEXITCODE | Should -Be 3
        }
        Get-RunCount | Should -Be 3
    }

    It 'throws what the block throws, and keeps nothing of it' {
        foreach ($i in 1, 2) {
            $seen = @()
            try { Invoke-CachedCommand throws { 'run' >> runs; 'before'; throw [IO.FileNotFoundException]::new('gone') } | ForEach-Object { $seen += $_ } }
            catch [IO.FileNotFoundException] { $seen += "$_" }
            $seen | Should -Be 'before', 'gone'
        }
        Get-RunCount | Should -Be 2
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'stops at errors under Stop, and at nothing that a program writes' {
        $ErrorActionPreference = 'Stop'
        foreach ($i in 1, 2) {
            Get-Picture { Invoke-CachedCommand native { sh -c 'echo err >&2'; Write-Error on -ErrorAction Continue; 'after' } } |
                Should -Be 'ErrorRecord|err|NativeCommandError NotSpecified err', 'ErrorRecord|on|Microsoft.PowerShell.Commands.WriteErrorException NotSpecified', 'String|after'
            { Invoke-CachedCommand stops { Write-Error off; 'after' } } | Should -Throw off
            Invoke-CachedCommand lines { sh -c 'echo err >&2'; 'after' } -ErrorAction Stop 2>$null | Should -Be 'after'
            $ErrorActionPreference | Should -Be 'Stop'
        }
        { Invoke-CachedCommand kept { Write-Error late -ErrorAction Continue } -ErrorAction Stop } | Should -Throw late
    }

    It 'counts text, arguments, values, variables, preferences and place, and says what differs' {
        function Use-It([string]$Text = "'x'", [hashtable]$Value = @{ a = 1 }, [object[]]$Argument = @(1)) {
            $said = Invoke-CachedCommand it ([scriptblock]::Create($Text)) -Value $Value -ArgumentList $Argument -EnvironmentVariable CACHED_TEST -Verbose 4>&1
            "$($said -match '^(Hit|Miss)')"
        }
        Use-It | Should -Match '^Miss: it: the cache has nothing of it yet'
        Use-It | Should -Match '^Hit: '
        Use-It "'y'" | Should -Match 'command script block changed'
        Use-It -Value @{ a = 2 } | Should -Match 'value a changed'
        Use-It -Argument 2 | Should -Match 'command argument 1 changed'
        try {
            $env:CACHED_TEST = '1'
            Use-It | Should -Match 'environment CACHED_TEST changed'
        }
        finally { $env:CACHED_TEST = $null }
        & { $WarningPreference = 'Stop'; Use-It } | Should -Match 'preference WarningPreference changed'
        New-Item -ItemType Directory sub | Push-Location
        Use-It | Should -Match 'command directory changed'
        Pop-Location
        Use-It | Should -Match '^Hit: '
    }

    It 'sees the variables of its caller and leaves none behind' {
        function Test-Scope {
            $inner = 'seen'
            $made = 'mine'
            Invoke-CachedCommand scope { $inner; $made = 'changed' }
            $made
        }
        Test-Scope | Should -Be 'seen', 'mine'
        Test-Scope | Should -Be 'seen', 'mine'
    }

    It 'runs a program' {
        Set-File 'tool' "#!/bin/sh`necho `"[`$1]`"; sleep 0.1; echo problem >&2; echo run >> runs; echo made > out.txt; exit `$2"
        chmod +x tool
        foreach ($i in 1, 2) {
            Get-Picture { Invoke-CachedCommand tool -FilePath ./tool -ArgumentList 'a b', 0 -Output out.txt } | Should -Be 'String|[a b]', 'ErrorRecord|problem|NativeCommandError NotSpecified problem'
            $LASTEXITCODE | Should -Be 0
            Get-Content out.txt | Should -Be 'made'
            Remove-Item out.txt
        }
        Get-RunCount | Should -Be 1
        Set-File 'tool' "#!/bin/sh`necho new; exit 2"
        Invoke-CachedCommand tool -FilePath ./tool -ArgumentList 'a b', 0 | Should -Be 'new'
        $LASTEXITCODE | Should -Be 2
        { Invoke-CachedCommand tool -FilePath ./none } | Should -Throw -ErrorId 'InvalidCommand,*'
    }

    It 'refuses what is declared wrong, before anything runs' {
        Set-File 'in/a.txt' 'kept'
        { Invoke-CachedCommand x -File in/a.txt -Output in { 'run' >> runs } } | Should -Throw -ErrorId 'InvalidCommand,*'
        { Invoke-CachedCommand x -Output .. { 'run' >> runs } } | Should -Throw -ErrorId 'PathOutsideWorkspace,*'
        { Invoke-CachedCommand x -File none { 'run' >> runs } } | Should -Throw -ErrorId 'InputNotFound,*'
        Get-RunCount | Should -Be 0
        Get-Content in/a.txt | Should -Be 'kept'
    }

    It 'runs and removes nothing with -WhatIf, given or in force' {
        Set-File 'gen/a.txt' 'kept'
        Invoke-CachedCommand x -Output gen { 'run' >> runs } -WhatIf | Should -BeNullOrEmpty
        & { $WhatIfPreference = $true; Invoke-CachedCommand x -Output gen { 'run' >> runs } } | Should -BeNullOrEmpty
        Get-RunCount | Should -Be 0
        Get-Content gen/a.txt | Should -Be 'kept'
    }

    It 'puts back what stood at the outputs when a block throws, fails or is not there to start' {
        Set-File 'gen/a.txt' 'kept'
        { Invoke-CachedCommand x -Output gen { 'new' > gen/a.txt; throw 'no' } } | Should -Throw no
        Get-Content gen/a.txt | Should -Be 'kept'
        Invoke-CachedCommand x -Output gen { 'new' > gen/b.txt; sh -c 'exit 3' }
        Get-ChildItem gen | Should -HaveCount 1
        Set-File 'tool' 'not a program'
        chmod +x tool
        { Invoke-CachedCommand x -Output gen -FilePath ./tool } | Should -Throw -ErrorId 'InvalidCommand,*'
        Get-Content gen/a.txt | Should -Be 'kept'
        Get-ChildItem -Force | Where-Object Name -like '.buildcache-*' | Should -BeNullOrEmpty
    }

    It 'does not run when no file comes through the pipeline, and runs once for all that come' {
        Get-ChildItem -Filter *.none | Invoke-CachedCommand x { 'run' >> runs; 'said' } -WarningVariable told 3>$null | Should -BeNullOrEmpty
        "$told" | Should -Match 'nothing came through the pipeline'
        Get-RunCount | Should -Be 0
        Set-File 'a.in' '1'
        Set-File 'b.in' '2'
        Get-ChildItem -Filter *.in | Invoke-CachedCommand x { 'run' >> runs; 'said' } | Should -Be 'said'
        Get-RunCount | Should -Be 1
    }

    It 'warns of variables from outside: <Text>' -ForEach @(
        @{ Text = '$x'; Free = '$x' }
        @{ Text = '"a $x b $($y.Length)"'; Free = '$x, $y' }
        @{ Text = '$x += 1; $script:y; $global:z'; Free = '$x, $y, $z' }
        @{ Text = '& { $x }; @(1) | ForEach-Object { $_ + $y }; Write-Output @z'; Free = '$x, $y, $z' }
        @{ Text = '$x = 1; $x; foreach ($i in 1, 2) { $i }; $a, [int]$b = 1, 2; $a + $b'; Free = '' }
        @{ Text = 'param($x) function f($y) { $y } f $x; $args; $PSScriptRoot; $true; $env:PATH; $_'; Free = '' }
        @{ Text = 'Get-Item . -OutVariable x | Out-Null; $x; Set-Variable y 1; $y; New-Variable -Name z 1; $z'; Free = '' }
        @{ Text = 'if ($ErrorActionPreference) { $Matches; $LASTEXITCODE; $Error.Count }'; Free = '' }
    ) {
        Invoke-CachedCommand free ([scriptblock]::Create($Text)) -WarningVariable told 3>$null 2>$null | Out-Null
        if ($Free) { "$told" | Should -BeLike "The block reads $Free from outside.*" } else { $told | Should -BeNullOrEmpty }
    }

    It 'does not warn of a variable that is named' {
        $x = 1
        Invoke-CachedCommand free { $x } -Value @{ X = $x } -WarningVariable told | Should -Be 1
        Invoke-CachedCommand free2 { param($x) $x } -ArgumentList $x -WarningVariable +told | Should -Be 1
        $told | Should -BeNullOrEmpty
    }

    It 'warns of a store that cannot be used, and runs' {
        $broken = New-BrokenStorePath
        $said = Invoke-CachedCommand x { 'said' } -Store $broken -WarningVariable warnings -WarningAction SilentlyContinue
        $said | Should -Be 'said'
        $warnings | Should -HaveCount 1
    }

    It 'warns of an output that is missing and of an input that changed, and keeps neither' {
        Set-File 'in.txt' '1'
        Invoke-CachedCommand x -Output none { 'said' } -WarningVariable missing 3>$null | Should -Be 'said'
        "$missing" | Should -Match "did not make 'none'"
        Invoke-CachedCommand y -File in.txt { Set-Content in.txt 2 } -WarningVariable changed 3>$null
        "$changed" | Should -Match 'file in.txt changed'
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'holds volumes for the block and for the program, and keeps no secret' {
        $shared = Get-CacheVolume -Key a
        $private = Get-CacheVolume -Key b -Sharing Private
        foreach ($i in 1, 2) {
            Invoke-CachedCommand one { 'x' > "$($_.Path)/warm"; (Get-CacheVolume -Key a).Holders.Count } -Volume $shared | Should -Be 1
            Invoke-CachedCommand two { $_.Count } -Volume $shared, $private.Id | Should -Be 2
            Invoke-CachedCommand three -FilePath sh -ArgumentList '-c', 'echo $BUILDCACHE_VOLUME_1' -Volume $shared | Should -Be $shared.Path
        }
        Get-ChildItem $shared.Path | Should -HaveCount 1
        $env:CACHED_TEST_TOKEN = 'correct-horse-9'
        try {
            $token = Get-CacheResourceId -SecretVariable CACHED_TEST_TOKEN
            Invoke-CachedCommand leaks { "it is $env:CACHED_TEST_TOKEN" } -Resource $token -WarningVariable told 3>$null | Should -Be 'it is correct-horse-9'
            "$told" | Should -Match 'A secret'
            Invoke-CachedCommand leaks2 { ConvertTo-SecureString x -AsPlainText -Force } -WarningVariable told 3>$null | Out-Null
            "$told" | Should -Match 'secure string'
        }
        finally { $env:CACHED_TEST_TOKEN = $null }
        Get-CacheEntry | Where-Object { $_.Key.Parts[1] -like 'leaks*' } | Should -BeNullOrEmpty
    }

    It 'runs commands inside of commands' {
        foreach ($i in 1, 2) {
            Invoke-CachedCommand outer { 'o'; Invoke-CachedCommand inner { 'i' } } | Should -Be 'o', 'i'
        }
        Get-ChildItem env:BUILDCACHE_INSIDE -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'refuses a command inside of itself, in this process and in one that it starts' {
        $block = [scriptblock]::Create('$env:CACHED_TEST_DEPTH = 1 + $env:CACHED_TEST_DEPTH; if ($env:CACHED_TEST_DEPTH -lt 5) { Invoke-CachedCommand self ([scriptblock]::Create($env:CACHED_TEST_BLOCK)) }')
        try {
            $env:CACHED_TEST_BLOCK = "$block"
            $env:CACHED_TEST_DEPTH = 0
            { Invoke-CachedCommand self $block } | Should -Throw -ErrorId 'InvalidCommand,*'
            $env:CACHED_TEST_DEPTH | Should -Be 1
            $script = "Import-Module '$module'; try { Invoke-CachedCommand self ([scriptblock]::Create(`$env:CACHED_TEST_BLOCK)) } catch { `$_.FullyQualifiedErrorId }"
            $env:CACHED_TEST_BLOCK = "pwsh -NoProfile -EncodedCommand $([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script)))"
            Invoke-CachedCommand self ([scriptblock]::Create($env:CACHED_TEST_BLOCK)) | Should -Match '^InvalidCommand,'
        }
        finally { $env:CACHED_TEST_BLOCK = $env:CACHED_TEST_DEPTH = $null }
        Get-ChildItem env:BUILDCACHE_INSIDE -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'refuses a locked volume inside of a command that holds it, and takes the one that is held' {
        $locked = Get-CacheVolume -Key a -Sharing Locked
        { Invoke-CachedCommand outer { Invoke-CachedCommand inner { 1 } -Volume $locked } -Volume $locked } | Should -Throw -ErrorId 'VolumeInUse,*'
        Invoke-CachedCommand outer { Invoke-CachedCommand inner { 1 } -Volume $_ } -Volume $locked | Should -Be 1
        $script = "Import-Module '$module'; try { Invoke-CachedCommand inner { 2 } -Volume '$($locked.Id)' } catch { `$_.FullyQualifiedErrorId }"
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))
        Invoke-CachedCommand process -FilePath pwsh -ArgumentList '-NoProfile', '-EncodedCommand', $encoded -Volume $locked | Should -Match '^VolumeInUse,'
        Invoke-CachedCommand block ([scriptblock]::Create("pwsh -NoProfile -EncodedCommand $encoded")) -Volume $locked | Should -Match '^VolumeInUse,'
    }

    It 'says for whom it waits' {
        # It goes on until the one that waits was told.
        $block = { 'x' > started; for ($i = 0; -not (Test-Path told) -and $i -lt 1200; $i++) { Start-Sleep -Milliseconds 50 } }
        $script = "Import-Module '$module'; Invoke-CachedCommand slow {$block}"
        $process = Start-Process pwsh -ArgumentList '-NoProfile', '-EncodedCommand', ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) -PassThru
        $limit = [datetime]::UtcNow.AddSeconds(60)
        while (-not (Test-Path started) -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 20 }
        $told = Invoke-CachedCommand slow $block 6>&1 | ForEach-Object { New-Item told -Force | Out-Null; $_ }
        $told | Should -Match "^Waiting for 'slow', which is run with equal inputs by process \d+ since "
        $process | Wait-Process
    }

    It 'runs once in two sessions that start at the same time' {
        $script = "Import-Module '$module'; Invoke-CachedCommand slow { 'run' >> runs; Start-Sleep 2; 'said' }"
        $jobs = 1, 2 | ForEach-Object { Start-Process pwsh -ArgumentList '-NoProfile', '-EncodedCommand', ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) -PassThru -RedirectStandardOutput "said$_" }
        $jobs | Wait-Process
        # On a slow machine the one that waits says so.
        Get-Content said1, said2 | Where-Object { $_ -notlike 'Waiting for *' } | Should -Be 'said', 'said'
        Get-RunCount | Should -Be 1
    }

    It 'ends at once when it is stopped, with what it runs, and lets the next one run' -ForEach @(
        @{ What = "{ 'x' > started; Start-Sleep 60 }" }
        @{ What = "-FilePath sh -ArgumentList '-c', 'echo x > started; sleep 60'" }
    ) {
        $session = [powershell]::Create()
        try {
            $session.AddScript("Set-Location '$Workspace'; Import-Module '$module'; Invoke-CachedCommand long $What").BeginInvoke() | Out-Null
            $limit = [datetime]::UtcNow.AddSeconds(30)
            while (-not (Test-Path started) -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 20 }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $session.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
        }
        finally { $session.Dispose() }
        Get-StoredFile flights | Should -BeNullOrEmpty
        Get-CacheEntry | Should -BeNullOrEmpty
    }
}
