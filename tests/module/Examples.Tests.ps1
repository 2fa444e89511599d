Describe 'The examples' {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Sandbox.ps1')
        $script:Examples = (Resolve-Path (Join-Path $PSScriptRoot '../../examples')).ProviderPath
    }

    It 'run a pipeline on two machines, the second time from the cache' {
        $printed = pwsh -NoProfile -File (Join-Path $Examples 'pipeline/run.ps1') -Module $module
        $LASTEXITCODE | Should -Be 0
        $printed | Should -Contain 'All runs made the same files and printed the same.'
        $printed -match '^one\s+a\s+NoEntry\s+ran\s+3\s' | Should -HaveCount 1
        $printed -match '^one\s+b\s+NotEmpty\s+replayed\s+3\s' | Should -HaveCount 1
        $printed -match '^two\s+c\s+Imported\s+replayed\s+3\s' | Should -HaveCount 1
    }
}
