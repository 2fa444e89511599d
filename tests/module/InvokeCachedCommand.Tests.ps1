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
            "$told" | Should -Match 'SecureString'
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

Describe 'Invoke-CachedCommand, secrets and what is replayed' {
    BeforeEach {
        Enter-Workspace
        $env:CACHED_TEST_TOKEN = $secret = "p+&`"<\'x`ny;second line"
        $token = Get-CacheResourceId -SecretVariable CACHED_TEST_TOKEN
    }
    AfterEach {
        $env:CACHED_TEST_TOKEN = $null
        Exit-Workspace
    }

    It 'does not keep a secret on any stream: <Text>' -ForEach @(
        @{ Text = '"it is $env:CACHED_TEST_TOKEN"' }
        @{ Text = 'Write-Host $env:CACHED_TEST_TOKEN' }
        @{ Text = 'foreach ($c in $env:CACHED_TEST_TOKEN.ToCharArray()) { Write-Host $c -NoNewline }' }
        @{ Text = 'Write-Error $env:CACHED_TEST_TOKEN -ErrorAction Continue' }
        @{ Text = 'Write-Error x -TargetObject $env:CACHED_TEST_TOKEN -ErrorAction Continue' }
        @{ Text = 'Write-Error x -RecommendedAction $env:CACHED_TEST_TOKEN -ErrorAction Continue' }
        @{ Text = 'Write-Error -Message x -ErrorId $env:CACHED_TEST_TOKEN -ErrorAction Continue' }
        @{ Text = 'Write-Warning $env:CACHED_TEST_TOKEN' }
        @{ Text = 'Write-Verbose $env:CACHED_TEST_TOKEN -Verbose' }
        @{ Text = 'Write-Debug $env:CACHED_TEST_TOKEN -Debug' }
        @{ Text = 'Write-Information $env:CACHED_TEST_TOKEN' }
        @{ Text = 'Write-Information @{ a = @($env:CACHED_TEST_TOKEN) }' }
        @{ Text = 'Write-Information x -Tags $env:CACHED_TEST_TOKEN' }
        @{ Text = '[pscustomobject]@{ a = [pscustomobject]@{ b = $env:CACHED_TEST_TOKEN } }' }
        @{ Text = '@{ $env:CACHED_TEST_TOKEN = 1 }' }
        @{ Text = ', $env:CACHED_TEST_TOKEN.ToCharArray()' }
        @{ Text = ', [Text.Encoding]::UTF8.GetBytes($env:CACHED_TEST_TOKEN)' }
        @{ Text = '[Exception]::new($env:CACHED_TEST_TOKEN)' }
        @{ Text = '[Text.StringBuilder]::new($env:CACHED_TEST_TOKEN)' }
        @{ Text = 'try { throw $env:CACHED_TEST_TOKEN } catch { [pscustomobject]@{ e = $_ } }' }
        @{ Text = 'function f($p) { throw "x" } try { f $env:CACHED_TEST_TOKEN } catch { , $_.InvocationInfo.BoundParameters; "$(ConvertTo-Json $env:CACHED_TEST_TOKEN)" }' }
        @{ Text = '[xml]"<a>$([Security.SecurityElement]::Escape($env:CACHED_TEST_TOKEN))</a>"' }
        @{ Text = '[uri]::EscapeDataString($env:CACHED_TEST_TOKEN)' }
        @{ Text = '[Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("Connect -Token ''$env:CACHED_TEST_TOKEN''"))' }
        @{ Text = '"x" | Add-Member -NotePropertyName n -NotePropertyValue $env:CACHED_TEST_TOKEN -PassThru' }
        @{ Text = '[Management.Automation.PSSerializer]::Serialize(@{ a = $env:CACHED_TEST_TOKEN })' }
    ) {
        $block = [scriptblock]::Create($Text)
        Invoke-CachedCommand leaks $block -Resource $token -WarningVariable told *>&1 | Out-Null
        "$told" | Should -Match 'A secret that the command was given stands in what it prints'
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'does not keep an object that holds a secret, and gives it out as it is: <Text>' -ForEach @(
        @{ Text = 'ConvertTo-SecureString abcdef -AsPlainText -Force' }
        @{ Text = '[pscredential]::new("me", (ConvertTo-SecureString abcdef -AsPlainText -Force))' }
        @{ Text = '[Net.NetworkCredential]::new("me", "abcdef")' }
        @{ Text = '[pscustomobject]@{ a = @{ b = ConvertTo-SecureString abcdef -AsPlainText -Force } }' }
        @{ Text = 'Write-Information ([pscredential]::new("me", (ConvertTo-SecureString abcdef -AsPlainText -Force)))' }
        @{ Text = 'Write-Information @(1, (ConvertTo-SecureString abcdef -AsPlainText -Force))' }
        @{ Text = '[pscustomobject]@{ PSDrive = [pscustomobject]@{ Credential = [pscredential]::new("me", (ConvertTo-SecureString abcdef -AsPlainText -Force)) } }' }
        @{ Text = '[Security.Cryptography.Aes]::Create()' }
        @{ Text = '[Security.Cryptography.RSA]::Create(1024).ExportParameters($true)' }
    ) {
        $given = Invoke-CachedCommand leaks ([scriptblock]::Create($Text)) -WarningVariable told 6>&1 3>$null
        "$told" | Should -Match 'holds a secret and would be stored'
        Get-CacheEntry | Should -BeNullOrEmpty
        if ($Text -like '*-SecureString*' -and $Text -notlike '*Information*' -and $Text -notlike '*pscustomobject*') {
            $given | Should -BeOfType ($Text -like '*pscredential*' ? [pscredential] : [securestring])
        }
    }

    It 'gives the same plain objects on a run and on a hit: <Text>' -ForEach @(
        @{ Text = '[ipaddress]"1.2.3.4"'; Shape = 'Deserialized.System.Net.IPAddress|1.2.3.4' }
        @{ Text = '[mailaddress]"a@b.c"'; Shape = 'Deserialized.System.Net.Mail.MailAddress|a@b.c' }
        @{ Text = '[xml]"<a/>"'; Shape = 'Deserialized.System.Xml.XmlDocument|<a />' }
        @{ Text = '{ 1 + 1 }'; Shape = 'System.String| 1 + 1 ' }
        @{ Text = '[switch]$true'; Shape = 'System.Boolean|True' }
        @{ Text = '[DayOfWeek]::Friday'; Shape = 'Deserialized.System.DayOfWeek|Friday' }
        @{ Text = '[bigint]5'; Shape = 'Deserialized.System.Numerics.BigInteger|5' }
        @{ Text = '[Exception]::new("x")'; Shape = 'Deserialized.System.Exception|System.Exception: x' }
        @{ Text = '[pscustomobject]@{ PSTypeName = "My.Type"; a = 1 }'; Shape = 'Deserialized.My.Type|@{a=1}' }
        @{ Text = '[ordered]@{ b = 1; a = 2 }'; Shape = 'Deserialized.System.Collections.Specialized.OrderedDictionary|System.Collections.Specialized.OrderedDictionary' }
        @{ Text = '[version]"1.2"'; Shape = 'System.Version|1.2' }
        @{ Text = '"a`r`nb"'; Shape = "System.String|a`r`nb" }
        @{ Text = 'Get-Item .'; Shape = 'Deserialized.System.IO.DirectoryInfo|*' }
    ) {
        $block = [scriptblock]::Create($Text)
        $seen = foreach ($i in 1, 2) {
            $item = Invoke-CachedCommand shape $block -WarningVariable told
            $told | Should -BeNullOrEmpty
            "$($item.PSTypeNames[0])|$($item.psobject.BaseObject -is [Management.Automation.PSCustomObject] ? "$item" : "$([pscustomobject]@{ v = $item })".TrimStart('@{v=').TrimEnd('}'))"
            $item | Format-List | Out-String
            $item.PSTypeNames -join ','
            ConvertTo-Json $item -Depth 3 -WarningAction Ignore
            ConvertTo-Json @($item.psobject.Properties.Name) -Depth 3
        }
        $seen[0] | Should -BeLike $Shape
        $seen[5..9] | Should -Be $seen[0..4]
        Get-CacheEntry | Should -HaveCount 1
    }

    It 'takes the words of properties, and no live object' {
        foreach ($i in 1, 2) {
            $item = Invoke-CachedCommand bag { [pscustomobject]@{ day = [DayOfWeek]::Friday; list = @(1, 'two'); map = @{ k = 'v' }; ip = [ipaddress]'1.2.3.4'; none = $null; inner = [pscustomobject]@{ x = 5 } } }
            "$item" | Should -BeLike '@{day=Friday; *'
            $item.day -eq 5 | Should -BeTrue
            $item.day.Value | Should -Be 'Friday'
            $item.list | Should -Be 1, 'two'
            $item.map.K | Should -Be 'v'
            $item.ip.IPAddressToString | Should -Be '1.2.3.4'
            $item.ip.psobject.BaseObject | Should -Not -BeOfType ([ipaddress])
            $item.inner.x | Should -Be 5
            $item.psobject.Properties.Name | Should -Be 'day', 'list', 'map', 'ip', 'none', 'inner'
            ($item | Select-Object day, @{ n = 'y'; e = { $_.inner.x } } | ConvertTo-Csv)[1] | Should -Be '"Friday","5"'
        }
    }

    It 'warns and does not keep what a CI service or a terminal would act on: <Text>' -ForEach @(
        @{ Text = '"##vso[task.setvariable variable=a]b"'; Why = 'command for the CI service' }
        @{ Text = 'Write-Host "::add-path::/tmp"'; Why = 'command for the CI service' }
        @{ Text = 'Write-Host "##vs" -NoNewline; Write-Host "o[task.x]"'; Why = 'command for the CI service' }
        @{ Text = 'Write-Error "x`n::error::y" -ErrorAction Continue'; Why = 'command for the CI service' }
        @{ Text = '[pscustomobject]@{ a = "##teamcity[x]" }'; Why = 'command for the CI service' }
        @{ Text = '"$([char]27)[2J"'; Why = 'control characters' }
        @{ Text = '[char]0xD800'; Why = 'surrogate' }
    ) {
        Invoke-CachedCommand acts ([scriptblock]::Create($Text)) -WarningVariable told *>&1 | Out-Null
        "$told" | Should -Match $Why
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'keeps colours and lines' {
        foreach ($i in 1, 2) {
            Invoke-CachedCommand colours { "$([char]27)[31mred$([char]27)[0m"; Write-Host "a`nb"; Write-Warning "c`nd" } -WarningVariable told 6>&1 3>&1 |
                ForEach-Object { "$_" } | Should -Be "$([char]27)[31mred$([char]27)[0m", "a`nb", "c`nd"
        }
        Get-CacheEntry | Should -HaveCount 1
    }

    It 'gives no live object, runs no method and ends no script for what a store says: <Value>' -ForEach @(
        @{ Value = '{"types":["System.Net.IPAddress"],"text":null,"base":null,"bag":["Address",{"Int64":"1"}]}'; Type = 'Deserialized.System.Net.IPAddress' }
        @{ Value = '{"types":["CachedTest.Hooked"],"text":null,"base":null,"bag":["Path","x"]}'; Type = 'Deserialized.CachedTest.Hooked' }
        @{ Value = '{"types":["System.Management.Automation.PSCredential"],"text":"x","base":null,"bag":["UserName","me","Password","x","psbase","x","PSStandardMembers","x"]}'; Type = 'Deserialized.System.Management.Automation.PSCredential' }
        @{ Value = '"<Objs><Obj RefId=\"0\"><TN><T>x</T>"'; Type = 'System.String' }
        @{ Value = '{"types":["deserialized.x"],"map":["a",null,"A",null,{"types":[],"list":[]},null]}'; Type = 'deserialized.x' }
        @{ Value = '{"types":["System.Enum"],"text":"x","base":{"Int32":"1"},"bag":["Value",null,"ToString","x"]}'; Type = 'Deserialized.System.Enum' }
        @{ Value = '{"types":["System.Enum"],"text":null,"base":{"Int32":"1"},"bag":[]}'; Type = 'Deserialized.System.Enum' }
    ) {
        Update-TypeData -TypeName CachedTest.Hooked -MemberType ScriptProperty -MemberName Hook -Value { $global:hooked = $true; 'hooked' } -Force
        $global:hooked = $false
        $item = & { 
            Invoke-CachedCommand planted { 'run' } | Should -Be 'run'
            Set-StoredOutput "{`"version`":1,`"exitCode`":null,`"failed`":false,`"items`":[[0,null,$Value,false]]}"
            Invoke-CachedCommand planted { 'run' } -WarningVariable told
            $told | Should -BeNullOrEmpty
        }
        $item.PSTypeNames[0] | Should -Be $Type
        $item | Format-List * | Out-String | Should -Not -Match 'hooked'
        $hooked | Should -BeFalse
        $item.psobject.BaseObject.GetType().Name | Should -BeIn 'PSCustomObject', 'RecordedObject', 'String', 'Hashtable', 'Int32'
    }

    It 'takes what a store says of errors and information as text: <Item>' -ForEach @(
        @{ Item = '[1,null,{"types":[],"text":null,"base":null,"bag":["Message",{"Int32":"1"},"Category","99"]},false]' }
        @{ Item = '[1,null,null,false]' }
        @{ Item = '[5,null,null,false]' }
        @{ Item = '[5,null,{"types":[],"text":null,"base":null,"bag":["IsForHost",true,"Foreground","99","Tags",{"types":[],"list":[null,{"Int32":"1"},"a"]}]},false]' }
        @{ Item = '[2,null,{"types":[],"list":[]},false]' }
        @{ Item = '[3,null,null,false]' }
    ) {
        $ErrorActionPreference = 'Continue'
        Invoke-CachedCommand planted { 'run' } | Should -Be 'run'
        Set-StoredOutput "{`"version`":1,`"exitCode`":null,`"failed`":false,`"items`":[$Item,[0,`"last`"]]}"
        (Invoke-CachedCommand planted { 'run' } *>&1)[-1] | Should -Be 'last'
    }

    It 'runs the block where the store has something else than a recording' {
        foreach ($text in '<Objs>', '{"version":1,"exitCode":null,"failed":false,"items":[[0,null,{"PSCredential":"x"},false]]}', '{"version":1,"exitCode":null,"failed":false,"items":[[0,"##vso[task.x]"]]}') {
            Invoke-CachedCommand planted { 'run' } 3>$null | Should -Be 'run'
            Set-StoredOutput $text
            Invoke-CachedCommand planted { 'run' } -WarningVariable told 3>$null | Should -Be 'run'
            "$told" | Should -Match 'cannot be read back from the store'
        }
    }

    It 'does not replay a failure for who did not ask for it' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'the commands that are run here are lines of sh' }
        Invoke-CachedCommand fails { 'run' >> runs; sh -c 'exit 3' } -CacheFailure
        Invoke-CachedCommand fails { 'run' >> runs; sh -c 'exit 3' }
        Get-RunCount | Should -Be 2
        $LASTEXITCODE | Should -Be 3
        Invoke-CachedCommand fails { 'run' >> runs; sh -c 'exit 3' } -CacheFailure
        Get-RunCount | Should -Be 2
        $global:LASTEXITCODE = 0
    }

    It 'knows the value of a secret that has another name, or no variable' {
        $named = Get-CacheResourceId -SecretVariable CACHED_TEST_TOKEN -Name stable
        $given = Get-CacheResourceId -Secret (ConvertTo-SecureString 'hunter2-secret' -AsPlainText -Force)
        Invoke-CachedCommand named { $env:CACHED_TEST_TOKEN } -Resource $named -WarningVariable told 3>$null | Out-Null
        "$told" | Should -Match 'A secret that the command was given'
        Invoke-CachedCommand given { 'hunter2-' + 'secret' } -Resource $given -WarningVariable told 3>$null | Out-Null
        "$told" | Should -Match 'A secret that the command was given'
        Get-CacheEntry | Should -BeNullOrEmpty
    }

    It 'warns of an input that looks like a secret, and names what is right' {
        Invoke-CachedCommand a { 'x' } -EnvironmentVariable CACHED_TEST_TOKEN -WarningVariable told 3>$null | Out-Null
        "$told" | Should -Match "'environment CACHED_TEST_TOKEN' looks like a secret.*Get-CacheResourceId -SecretVariable"
        Invoke-CachedCommand b { 'x' } -Value @{ dbPassword = 'x' } -WarningVariable told 3>$null | Out-Null
        "$told" | Should -Match "'value dbPassword' looks like a secret"
        Invoke-CachedCommand c { param($a) 'x' } -ArgumentList "ghp_$('a' * 36)" -WarningVariable told 3>$null | Out-Null
        "$told" | Should -Match "'command argument 1' looks like a secret"
        New-CacheKey d -EnvironmentVariable CACHED_TEST_TOKEN -WarningVariable told 3>$null | Out-Null
        "$told" | Should -Match 'looks like a secret'
        Invoke-CachedCommand e { 'x' } -EnvironmentVariable PATH -Value @{ tokenCount = 1; keyboard = 2 } -WarningVariable told | Out-Null
        $told | Should -BeNullOrEmpty
    }

    It 'shows names out of a store on one line, and nothing in them acts' {
        $key = New-CacheKey "a`n##vso[task.x]", "::add-path::/tmp$([char]27)[2J"
        Set-File 'x.txt' 'x'
        Save-CacheEntry $key x.txt
        $shown = Get-CacheEntry | Out-String -Width 300
        $shown | Should -Match '# #vso'
        $shown | Should -Not -Match '##vso|\x1b|(?m)^\s*::'
        "$key" | Should -Not -Match "##vso|`n|\x1b"
    }
}
