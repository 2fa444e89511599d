BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Get-BuildCacheSetting' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    It 'tells of each setting who made it and where' {
        Set-Content buildcache.json '{ "project": "demo", "mode": "ReadOnly" }'
        $file = Join-Path $Workspace buildcache.json
        $all = Get-BuildCacheSetting
        ($all | Where-Object Name -eq project) | Select-Object Value, Source, Place | Should -BeLike "*demo*Checkout*'project' in $file*"
        (Get-BuildCacheSetting mode).Value | Should -Be ReadOnly
        (Get-BuildCacheSetting track*).Name | Should -Be trackFrom, trackBy
        (Get-BuildCacheSetting trackBy).Source | Should -Be Default
        $all | Where-Object Refused | Should -BeNullOrEmpty
    }

    It 'tells what a checkout says and may not, with the line, and the others warn of it and go on' {
        Set-Content buildcache.json "{ `"project`": `"demo`",`n`"push`": true,`n`"store`": `"grpcs://evil.example/x?tokenFile=/home/victim/key`" }"
        $refused = Get-BuildCacheSetting -WarningVariable warnings | Where-Object Refused
        $warnings | Should -BeNullOrEmpty
        $refused.Name | Should -Be push, store
        $refused[0].Place | Should -Be "'push' in $(Join-Path $Workspace buildcache.json)(2)"
        $refused[1].Value | Should -Be 'grpcs://evil.example/x'

        New-CacheKey nothing | Test-CacheEntry -WarningVariable told -WarningAction SilentlyContinue | Should -BeFalse
        $told.Count | Should -Be 2
        "$told" | Should -BeLike "*'push' in *(2) is not followed.*'store' in *(3) is not followed.*"
        "$told" | Should -Not -BeLike '*victim*'
    }

    It 'is read in a table' {
        Set-Content buildcache.json '{ "project": "demo", "push": true }'
        $text = Get-BuildCacheSetting | Out-String -Width 120
        $text | Should -Match '(?m)^Name +Value +Source +Place'
        $text | Should -Match '(?s)push +True +Checkout.*is not\s+followed'
    }
}
