BeforeDiscovery {
    . $PSScriptRoot/Sandbox.ps1
    $commands = (Get-Command -Module BuildCache).ForEach{ @{ Command = $_; Name = $_.Name } }
}

BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Get-Help <Name>' -ForEach $commands {
    BeforeAll {
        $help = Get-Help $Name -Full
        $common = [Management.Automation.PSCmdlet]::CommonParameters

        # A parameter as help and metadata both tell it.
        function Format-HelpParameter($Parameter) {
            "$($Parameter.Name) required=$($Parameter.required) position=$($Parameter.position) pipeline=$($Parameter.pipelineInput) aliases=$($Parameter.aliases)"
        }

        function Format-Parameter([Management.Automation.CommandParameterInfo]$Parameter) {
            $pipeline = @($(if ($Parameter.ValueFromPipeline) { 'ByValue' }), $(if ($Parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' })) -ne $null -join ', '
            "{0} required={1} position={2} pipeline={3} aliases={4}" -f $Parameter.Name, "$($Parameter.IsMandatory)".ToLowerInvariant(),
                $(if ($Parameter.Position -ge 0) { $Parameter.Position } else { 'named' }),
                $(if ($pipeline) { "true ($pipeline)" } else { 'false' }),
                $(if ($Parameter.Aliases) { $Parameter.Aliases -join ', ' } else { 'none' })
        }

        function Get-TypeName([type]$Type) {
            $plain = [Nullable]::GetUnderlyingType($Type)
            ($plain ? $plain : $Type).Name
        }
    }

    It 'has a synopsis, a description and examples' {
        $help.Synopsis | Should -Match '^[A-Z].*\.$'
        $help.Synopsis | Should -Not -Match '\[-'
        ($help.description.Text -join ' ').Length | Should -BeGreaterThan 100
        @($help.examples.example).Count | Should -BeGreaterThan 1
        $help.examples.example.code -join "`n" | Should -Match $Name
    }

    It 'has examples that parse, of parameters that exist' {
        foreach ($example in $help.examples.example) {
            $problems = $null
            $ast = [Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$problems)
            $problems | Should -BeNullOrEmpty -Because $example.code
            foreach ($call in $ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
                $called = Get-Command $call.GetCommandName() -Module BuildCache -ErrorAction Ignore
                foreach ($parameter in $call.CommandElements.Where{ $called -and $_ -is [Management.Automation.Language.CommandParameterAst] }) {
                    $called.Parameters.Keys | Should -Contain $parameter.ParameterName -Because $example.code
                }
            }
        }
    }

    It 'describes every parameter as it is' {
        $actual = @{}
        foreach ($parameter in $Command.ParameterSets.Parameters | Where-Object Name -notin $common) { $actual[$parameter.Name] = $parameter }
        $described = @($help.parameters.parameter | Where-Object { $_ })
        $described.Name | Sort-Object | Should -Be ($actual.Keys | Sort-Object)
        foreach ($parameter in $described) {
            Format-HelpParameter $parameter | Should -Be (Format-Parameter $actual[$parameter.Name])
            $parameter.type.name | Should -Be (Get-TypeName $actual[$parameter.Name].ParameterType)
            $parameter.description.Text | Should -Match '^[A-Z].+\.$'
        }
    }

    It 'has the syntax of every parameter set' {
        $items = @($help.syntax.syntaxItem)
        $items | Should -HaveCount $Command.ParameterSets.Count
        for ($i = 0; $i -lt $items.Count; $i++) {
            $expected = $Command.ParameterSets[$i].Parameters | Where-Object Name -notin $common | ForEach-Object { Format-Parameter $_ } | Sort-Object
            @($items[$i].parameter | Where-Object { $_ }).ForEach{ Format-HelpParameter $_ } | Sort-Object | Should -Be $expected
        }
    }
}
