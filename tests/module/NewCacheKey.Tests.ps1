BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'New-CacheKey' {
    BeforeEach { Enter-Workspace }
    AfterEach { Exit-Workspace }

    Context 'parts and scope' {
        It 'makes a key of the current project' {
            $key = New-CacheKey build, 'web app', 'ünï/cödé'
            $key.Parts | Should -Be 'build', 'web app', 'ünï/cödé'
            "$($key.Scope)" | Should -Be 'project:demo'
            $key.Id | Should -BeLike 'bck1_*'
        }

        It 'gives the same id for the same parts, and another one for another case' {
            (New-CacheKey a, b).Id | Should -Be (New-CacheKey a, b).Id
            (New-CacheKey a, b).Id | Should -Not -Be (New-CacheKey a, B).Id
            (New-CacheKey a, b).Id | Should -Not -Be (New-CacheKey ab).Id
        }

        It 'takes a scope of several pairs' {
            "$((New-CacheKey a -Scope 'branch:main,team:core').Scope)" | Should -Be 'team:core,branch:main'
        }

        It 'takes the scope of the environment' {
            $env:BUILDCACHE_SCOPE = 'global'
            "$((New-CacheKey a).Scope)" | Should -Be 'global'
        }

        It 'refuses a scope of an unknown kind' {
            { New-CacheKey a -Scope 'galaxy:milky way' } | Should -Throw -ErrorId 'InvalidScope,BuildCache.PowerShell.NewCacheKeyCommand'
        }

        It 'refuses <Name>' -ForEach @(
            @{ Name = 'an empty part'; Part = 'a', '' }
            @{ Name = 'no parts'; Part = @() }
            @{ Name = 'half a surrogate pair'; Part = [string][char]0xD800 }
            @{ Name = 'too many parts'; Part = 1..33 }
        ) {
            { New-CacheKey $Part -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheKey,BuildCache.PowerShell.NewCacheKeyCommand'
        }

        It 'reports malformed settings, whatever the preference' {
            Set-Content buildcache.json '{ "colour": "blue" }'
            { New-CacheKey a -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'InvalidConfiguration,BuildCache.PowerShell.NewCacheKeyCommand'
        }

        It 'is readable at the prompt' {
            $text = New-CacheKey build, web | Out-String -Width 200
            $text | Should -Match 'Scope : project:demo'
            $text | Should -Match 'Parts : build / web'
            $text | Should -Match 'Id    : bck1_'
        }
    }

    Context 'parents' {
        It 'appends parts to a parent in its scope' {
            $child = New-CacheKey linux -Parent (New-CacheKey packages -Scope team:core)
            $child.Parts | Should -Be 'packages', 'linux'
            "$($child.Scope)" | Should -Be 'team:core'
        }

        It 'takes the id of a parent' {
            (New-CacheKey b -Parent (New-CacheKey a).Id).Id | Should -Be (New-CacheKey a, b).Id
        }

        It 'makes a child for each piped parent' {
            $children = (New-CacheKey a), (New-CacheKey b).Id | New-CacheKey c
            $children.ForEach{ $_.Parts -join '/' } | Should -Be 'a/c', 'b/c'
        }

        It 'does not take a scope and a parent' {
            { New-CacheKey a -Scope global -Parent (New-CacheKey b) } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        }

        It 'reports a bad parent and goes on with the next' {
            $children = 'banana', (New-CacheKey a) | New-CacheKey c -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems[0].FullyQualifiedErrorId | Should -Be 'InvalidCacheId,BuildCache.PowerShell.NewCacheKeyCommand'
            $children.Parts | Should -Be 'a', 'c'
        }
    }

    Context 'inputs' {
        BeforeEach {
            Set-File 'src/a.cs' 'class A;'
            Set-File 'src/deep er/b.cs' 'class B;'
            Set-File 'read[me].txt' 'text'
        }

        It 'appends the digest of the inputs as the last part, and shows what they are' {
            $key = New-CacheKey build -File src/a.cs -Glob 'src/**/*.cs' -EnvironmentVariable NOT_SET -Value @{ Configuration = 'Release' }
            $key.Parts | Should -HaveCount 2
            $key.Parts[1] | Should -Match '^[0-9a-f]{64}$'
            $key.Fingerprint.Digest.Hash | Should -Be $key.Parts[1]
            $key.Fingerprint.Inputs.ForEach{ "$($_.Kind) $($_.Name)" } | Should -Be @(
                'environment NOT_SET', 'file src/a.cs', 'file src/deep er/b.cs', 'glob src/**/*.cs', 'value Configuration')
        }

        It 'is the same in a sub-folder of the workspace' {
            $key = New-CacheKey build -File src/a.cs
            Push-Location src
            (New-CacheKey build -File a.cs).Id | Should -Be $key.Id
            Pop-Location
        }

        It 'changes with the content of a file' {
            $before = New-CacheKey build -Glob 'src/**/*.cs'
            Set-File 'src/a.cs' 'class A2;'
            (New-CacheKey build -Glob 'src/**/*.cs').Id | Should -Not -Be $before.Id
        }

        It 'resolves wildcards, and takes a name with brackets as it stands' {
            (New-CacheKey build -File 'src/*.cs').Fingerprint.Inputs.Name | Should -Be 'src/a.cs'
            (New-CacheKey build -File 'read[me].txt').Fingerprint.Inputs.Name | Should -Be 'read[me].txt'
        }

        It 'makes one key of piped files, in any order' {
            $key = Get-ChildItem src -Recurse -File | New-CacheKey build
            $key | Should -HaveCount 1
            $key.Fingerprint.Inputs | Should -HaveCount 2
            $key.Id | Should -Be (New-CacheKey build -File 'src/deep er/b.cs', src/a.cs).Id
        }

        It 'makes one key of piped files below a given parent' {
            $key = Get-ChildItem src -Recurse -File | New-CacheKey linux -Parent (New-CacheKey build)
            $key | Should -HaveCount 1
            $key.Parts[0..1] | Should -Be 'build', 'linux'
            $key.Fingerprint.Inputs | Should -HaveCount 2
        }

        It 'makes no key when no file comes' {
            Get-ChildItem src -Filter *.nothing | New-CacheKey build | Should -BeNullOrEmpty
        }

        It 'makes no key when one of the files is not there' {
            $key = 'src/a.cs', 'src/gone.cs' | Select-Object @{ n = 'File'; e = { $_ } } | New-CacheKey build -ErrorVariable problems -ErrorAction SilentlyContinue
            $key | Should -BeNullOrEmpty
            $problems[0].FullyQualifiedErrorId | Should -Be 'InputNotFound,BuildCache.PowerShell.NewCacheKeyCommand'
            $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }

        It 'takes empty lists as not given' {
            (New-CacheKey build -File @() -Glob @() -EnvironmentVariable @() -Value @{}).Id | Should -Be (New-CacheKey build).Id
        }

        It 'tells a variable that is not set from an empty one' {
            $unset = New-CacheKey build -EnvironmentVariable CACHE_TEST_VARIABLE
            # Not by $env:, for which an empty value removes the variable.
            $start = [Diagnostics.ProcessStartInfo]::new($pwsh)
            $start.Environment['CACHE_TEST_VARIABLE'] = ''
            $start.WorkingDirectory = $Workspace
            $start.RedirectStandardOutput = $true
            '-NoProfile', '-NonInteractive', '-Command', "Import-Module '$module'; (New-CacheKey build -EnvironmentVariable CACHE_TEST_VARIABLE).Id" | ForEach-Object { $start.ArgumentList.Add($_) }
            $process = [Diagnostics.Process]::Start($start)
            $empty = $process.StandardOutput.ReadToEnd().Trim()
            $process.WaitForExit()
            $empty | Should -BeLike 'bck1_*'
            $empty | Should -Not -Be $unset.Id
        }

        It 'refuses the glob <Glob>' -ForEach @(@{ Glob = '' }, @{ Glob = '../*.cs' }, @{ Glob = '/etc/*' }, @{ Glob = '!src/*' }, @{ Glob = 'src/*.{cs,vb}' }, @{ Glob = 'src/[ab].cs' }, @{ Glob = 'src/?.cs' }) {
            { New-CacheKey build -Glob $Glob -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidGlob,BuildCache.PowerShell.NewCacheKeyCommand'
        }

        It 'warns of a glob that matches nothing, and of a link that it does not enter' {
            New-CacheKey build -Glob 'src/*.none' -WarningVariable nothing 3>$null
            "$nothing" | Should -Match "'src/\*\.none' matches no file"
            New-Item -ItemType SymbolicLink src/again -Target (Join-Path $Workspace src) | Out-Null
            $key = New-CacheKey build -Glob 'src/**/*.cs' -WarningVariable link 3>$null
            "$link" | Should -Match "does not enter the link 'src/again'"
            $key.Fingerprint.Inputs.Where{ $_.Kind -eq 'file' }.Name | Should -Be 'src/a.cs', 'src/deep er/b.cs'
        }

        It 'refuses a file outside of the workspace' {
            Set-File '../outside.txt' 'x'
            { New-CacheKey build -File ../outside.txt -ErrorAction Stop } | Should -Throw -ErrorId 'PathOutsideWorkspace,BuildCache.PowerShell.NewCacheKeyCommand'
        }

        It 'refuses a path that is none of the file system' {
            { New-CacheKey build -File Env:PATH -ErrorAction Stop } | Should -Throw -ErrorId 'InputNotFound,*'
            { New-CacheKey build -File NoSuchDrive:\x -ErrorAction Stop } | Should -Throw -ErrorId 'InputNotFound,*'
        }
    }

    Context 'values' {
        It 'does not depend on the order of the hashtable' {
            (New-CacheKey a -Value ([hashtable][ordered]@{ x = 1; y = 2 })).Id | Should -Be (New-CacheKey a -Value ([hashtable][ordered]@{ y = 2; x = 1 })).Id
        }

        It 'takes <Text> like its text' -ForEach @(
            @{ Value = 1.5; Text = '1.5' }
            @{ Value = $true; Text = 'True' }
            @{ Value = [version]'1.2.3'; Text = '1.2.3' }
            @{ Value = [switch]$true; Text = 'True' }
            @{ Value = [datetime]::new(2026, 1, 2, 3, 4, 5, 6, [DateTimeKind]::Utc); Text = '2026-01-02T03:04:05.0060000Z' }
        ) {
            (New-CacheKey a -Value @{ v = $Value }).Id | Should -Be (New-CacheKey a -Value @{ v = $Text }).Id
        }

        It 'tells apart <Name>' -ForEach @(
            @{ Name = 'lists that join to the same text'; Left = 'a', 'b'; Right = 'a b' }
            @{ Name = 'lists cut in other places'; Left = 'a', 'bc'; Right = 'ab', 'c' }
            @{ Name = 'a list of one from its element'; Left = , 'a'; Right = 'a' }
            @{ Name = 'a list from the text that it is written as'; Left = 'a', 'b'; Right = '1:a1:b' }
            @{ Name = 'nothing from an empty text'; Left = $null; Right = '' }
            @{ Name = 'the order of lists'; Left = 'a', 'b'; Right = 'b', 'a' }
        ) {
            (New-CacheKey a -Value @{ v = $Left }).Id | Should -Not -Be (New-CacheKey a -Value @{ v = $Right }).Id
        }

        It 'refuses <Name>, which has no text of its own' -ForEach @(
            @{ Name = 'a hashtable'; Value = @{ a = 1 } }
            @{ Name = 'a custom object'; Value = [pscustomobject]@{ a = 1 } }
            @{ Name = 'a plain object'; Value = [object]::new() }
            @{ Name = 'a list of lists'; Value = @(, @(1, 2)) }
            @{ Name = 'a secure string'; Value = ConvertTo-SecureString x -AsPlainText -Force }
        ) {
            { New-CacheKey a -Value @{ v = $Value } -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidCacheKey,BuildCache.PowerShell.NewCacheKeyCommand'
        }
    }
}
