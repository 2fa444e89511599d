BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Sync-SourceMirror and Test-SourceMirror' {
    BeforeEach {
        Enter-Workspace
        function Invoke-Git { git -c user.name=test -c user.email=test@example.org @args | Out-String | ForEach-Object Trim; if ($LASTEXITCODE) { throw "git $args" } }

        $origin = Join-Path (Split-Path $Workspace) 'origin'
        Set-File "$origin/library/a.txt" 'a'
        Set-File "$origin/tool.bin" 'tool'
        Invoke-Git init --quiet --initial-branch=main "$origin/library"
        Invoke-Git -C "$origin/library" add --all
        Invoke-Git -C "$origin/library" commit --quiet --message first
        @{
            aliases = @{ code = "file://$origin/" }
            sources = [ordered]@{
                library = @{ kind = 'git'; url = 'code:library'; track = 'main'; ref = Invoke-Git -C "$origin/library" rev-parse HEAD }
                tool = @{ kind = 'file'; url = 'code:tool.bin'; ref = "sha256:$((Get-FileHash "$origin/tool.bin").Hash)" }
            }
        } | ConvertTo-Json -Depth 5 | Set-Content buildcache.json
    }
    AfterEach { Exit-Workspace }

    It 'make a mirror and prove that it has what the project needs when the origin is gone' {
        $report = Sync-SourceMirror -Path 'the mirror'
        Remove-Item -LiteralPath $origin -Recurse -Force
        $tested = Test-SourceMirror -Mirror 'the mirror'

        $report.Name | Should -Be 'library', 'tool'
        $report.IsComplete | Should -Be $true, $true
        $report[0].Added | Should -Be 1
        $tested.IsFetched | Should -Be $true, $true
        $report | Out-String -Width 200 | Should -Match 'library +True +1 +1 +0 +0 +0 '
        $tested | Out-String -Width 200 | Should -Match 'tool +True +sha256:'
    }

    It 'take the sources that are named' {
        (Sync-SourceMirror tool mirror).Name | Should -Be tool
        Test-Path mirror/code/library | Should -BeFalse
        (Test-SourceMirror -Target mirror).IsFetched | Should -Be $false, $true
        'tool' | Sync-SourceMirror -Mirror mirror | ForEach-Object Name | Should -Be tool
        @() | Sync-SourceMirror -Mirror mirror | Should -BeNullOrEmpty
        { Sync-SourceMirror other mirror -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotDeclared,BuildCache.PowerShell.SyncSourceMirrorCommand'
    }

    It 'report a source that fails and go on with the others' {
        Remove-Item -LiteralPath "$origin/library" -Recurse -Force
        $report = Sync-SourceMirror -Mirror mirror -ErrorAction SilentlyContinue -ErrorVariable problems

        $report.IsComplete | Should -Be $false, $true
        $problems.FullyQualifiedErrorId | Should -Be 'SourceUnavailable,BuildCache.PowerShell.SyncSourceMirrorCommand'
        $problems.TargetObject | Should -Be library
    }

    It 'change nothing with -WhatIf' {
        Sync-SourceMirror -Mirror mirror -WhatIf | Should -BeNullOrEmpty
        Test-Path mirror | Should -BeFalse
    }

    It 'refuse what is no mirror' {
        { Sync-SourceMirror -Mirror https://example.org/mirror -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidStoreUri,*'
        { Sync-SourceMirror -Mirror ftp://example.org/mirror -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidStoreUri,*'
        { Test-SourceMirror -Mirror nowhere -ErrorAction Stop } | Should -Throw -ErrorId 'InputNotFound,*'
    }
}
