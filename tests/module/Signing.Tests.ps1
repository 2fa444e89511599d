BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Signatures' {
    BeforeEach {
        Enter-Workspace
        Set-File 'out/a.txt' 'a'
        $key = New-CacheKey packages, a

        # Runs a block as somebody with a signing key, or none.
        function Invoke-As([object]$Signer, [scriptblock]$Block) {
            $env:BUILDCACHE_SIGNING_KEY = $Signer ? [IO.File]::ReadAllText($Signer.Path) : $null
            try { & $Block } finally { $env:BUILDCACHE_SIGNING_KEY = $null }
        }
    }
    AfterEach { Exit-Workspace }

    Context 'New-CacheSigningKey' {
        It 'writes a key that only its user can read, and gives what others need' {
            $made = New-CacheSigningKey keys/main.key
            $made.Name | Should -Be 'main'
            $made.Path | Should -Be (Join-Path $Workspace 'keys/main.key')
            $made.KeyId | Should -Match '^[0-9a-f]{32}$'
            if (!$IsWindows) { [int][IO.File]::GetUnixFileMode($made.Path) | Should -Be 0x180 }
            $private = (Get-Content $made.Path)[1]
            $made | Format-List | Out-String | Should -Not -Match ([regex]::Escape($private.Substring(0, 20)))
            $private.Substring(0, 6) | Should -Be 'MIGHAg'
            ($made.Trust | ConvertFrom-Json).signers[0].key | Should -Be $made.PublicKey
        }

        It 'writes beside the settings of the user without a path' {
            (New-CacheSigningKey -Name release).Path | Should -Be (Join-Path $env:XDG_CONFIG_HOME 'buildcache/release.key')
        }

        It 'never replaces a key without -Force' {
            $first = New-CacheSigningKey main.key
            { New-CacheSigningKey main.key -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationNotEmpty,BuildCache.PowerShell.NewCacheSigningKeyCommand'
            New-CacheSigningKey main.key -WhatIf -Force
            Get-Content main.key | Should -HaveCount 5
            (New-CacheSigningKey main.key -Force).KeyId | Should -Not -Be $first.KeyId
            if (!$IsWindows) { [int][IO.File]::GetUnixFileMode((Resolve-Path main.key)) | Should -Be 0x180 }
        }
    }

    It 'plays the pull request that tries to poison main' {
        $main = New-CacheSigningKey ../main.key
        $mallory = New-CacheSigningKey ../mallory.key

        # The pull request saves first, under the key that main will ask for.
        Set-File 'out/a.txt' 'poison'
        Save-CacheEntry $key out
        Set-File 'out/a.txt' 'clean'

        # Main without signatures takes it.
        Restore-CacheEntry $key | Out-Null
        Get-Content out/a.txt | Should -Be 'poison'

        # Main with signatures does not, however it is signed, and its own save stands.
        $env:BUILDCACHE_TRUST = $main.Trust
        Test-CacheEntry $key | Should -BeFalse
        Get-CacheEntry | Should -BeNullOrEmpty
        Invoke-As $mallory { $env:BUILDCACHE_TRUST = ''; Save-CacheEntry $key out -Force; $env:BUILDCACHE_TRUST = $main.Trust }
        Test-CacheEntry $key | Should -BeFalse
        (Get-CacheEntry -IncludeUntrusted).SignedBy | Should -Be "unknown key $($mallory.KeyId)"
        Set-File 'out/a.txt' 'clean'
        Invoke-As $main { Save-CacheEntry $key out -WarningVariable warnings; $warnings | Should -BeNullOrEmpty }
        Test-CacheEntry $key | Should -BeTrue
        (Get-CacheEntry).SignedBy | Should -Be 'main'
        Get-CacheEntry | Format-Table | Out-String | Should -Match 'SignedBy'
        Set-File 'out/a.txt' 'lost'
        Restore-CacheEntry $key -Force | Out-Null
        Get-Content out/a.txt | Should -Be 'clean'
    }

    It 'reads the settings of the user' {
        $main = New-CacheSigningKey
        Set-File (Join-Path $env:XDG_CONFIG_HOME 'buildcache/buildcache.json') "{ `"signingKey`": `"main.key`", `"trust`": $($main.Trust) }"
        Save-CacheEntry $key out
        (Get-CacheEntry $key).SignedBy | Should -Be 'main'
    }

    It 'does not follow a checkout that says whom to trust' {
        $env:BUILDCACHE_TRUST = (New-CacheSigningKey ../main.key).Trust
        Save-CacheEntry $key out -WarningAction SilentlyContinue
        Set-Content buildcache.json '{ "project": "demo", "trust": { "required": false }, "signingKey": "../main.key" }'
        Test-CacheEntry $key -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        "$warnings" | Should -Match "'trust'"
        "$warnings" | Should -Match "'signingKey'"
        Save-CacheEntry $key out -Force -WarningAction SilentlyContinue
        (Get-CacheEntry -IncludeUntrusted -WarningAction SilentlyContinue).SignedBy | Should -BeNullOrEmpty
    }

    It 'warns once of a save that will not be found' {
        $env:BUILDCACHE_TRUST = '{ "required": ["project:demo"] }'
        $key, (New-CacheKey other) | Save-CacheEntry -Path out -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match 'BUILDCACHE_SIGNING_KEY'
        Test-CacheEntry $key | Should -BeFalse
    }

    It 'names neither a key that cannot be used nor its text' {
        $env:BUILDCACHE_SIGNING_KEY = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAA'
        $problem = { Save-CacheEntry $key out -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidSigningKey,BuildCache.PowerShell.SaveCacheEntryCommand' -PassThru
        "$($problem.Exception)" | Should -Not -Match 'MIGHAgEAMBMG'
        $problem.CategoryInfo.Category | Should -Be 'SecurityError'
    }

    It 'tests a store in which signatures are required' {
        $env:BUILDCACHE_TRUST = (New-CacheSigningKey ../main.key).Trust
        (Test-CacheStore -WarningAction SilentlyContinue).Passed | Should -Not -Contain $false
        $env:BUILDCACHE_SIGNING_KEY = Get-Content -Raw ../main.key
        (Test-CacheStore).Passed | Should -Not -Contain $false
    }

    It 'does not import a volume that nobody trusted has exported' {
        $volume = Get-CacheVolume -Key (New-CacheKey tools) -Sharing Shared
        Set-File (Join-Path $volume.Path 'a.txt') 'poison'
        Export-CacheVolume $volume | Out-Null
        Remove-CacheVolume $volume -Confirm:$false
        $env:BUILDCACHE_TRUST = (New-CacheSigningKey ../main.key).Trust
        $volume = Get-CacheVolume -Key (New-CacheKey tools) -Sharing Shared
        (Import-CacheVolume $volume).Outcome | Should -Be 'NoEntry'
        $env:BUILDCACHE_TRUST = $null
        (Import-CacheVolume $volume).Outcome | Should -Be 'Imported'
    }

    It 'runs a command again whose output nobody trusted has made' {
        $run = { Invoke-CachedCommand -Key tell -Value @{ x = 1 } -ScriptBlock { 'poison' } }
        & $run | Should -Be 'poison'
        $env:BUILDCACHE_TRUST = (New-CacheSigningKey ../main.key).Trust
        $env:BUILDCACHE_SIGNING_KEY = Get-Content -Raw ../main.key
        Get-CacheEntry | Should -BeNullOrEmpty
        & $run | Should -Be 'poison'
        (Get-CacheEntry).SignedBy | Should -Be 'main'
    }

    Context 'Remove-CacheEntry by who signed and who saved' {
        BeforeEach {
            $old = New-CacheSigningKey ../old.key -Name old
            $new = New-CacheSigningKey ../new.key -Name new
            $env:BUILDCACHE_TRUST = "{ `"signers`": [{ `"name`": `"old`", `"key`": `"$($old.PublicKey)`" }, { `"name`": `"new`", `"key`": `"$($new.PublicKey)`" }] }"
            $near, $far = '../near', '../far'
            Invoke-As $old { (New-CacheKey a), (New-CacheKey b) | Save-CacheEntry -Path out -Store $near, $far }
            Invoke-As $new { Save-CacheEntry (New-CacheKey c) out -Store $near, $far }
            Save-CacheEntry (New-CacheKey d) out -Store $near, $far
        }

        It 'removes from every tier what a key has signed, by its name or id' {
            Remove-CacheEntry -SignedBy old -Store $near, $far -WhatIf
            Get-CacheEntry -Store $near | Should -HaveCount 4
            Remove-CacheEntry -SignedBy old -Store $near, $far
            foreach ($store in $near, $far) {
                (Get-CacheEntry -Store $store).ForEach{ $_.Key.Parts[0] } | Sort-Object | Should -Be 'c', 'd'
            }

            Remove-CacheEntry -SignedBy $new.KeyId -Store $near
            (Get-CacheEntry -Store $near).Key.Parts | Should -Be 'd'
            Remove-CacheEntry -SignedBy unsigned -Store $near
            Get-CacheEntry -Store $near | Should -BeNullOrEmpty
        }

        It 'removes what does not count here too' {
            $env:BUILDCACHE_TRUST = '{ "required": true }'
            Get-CacheEntry -Store $near | Should -BeNullOrEmpty
            Remove-CacheEntry -SignedBy "*$($old.KeyId)" -Store $near
            Get-CacheEntry -Store $near -IncludeUntrusted | Should -HaveCount 2
        }

        It 'takes a restore key and scopes' {
            Remove-CacheEntry -SignedBy old -RestoreKey (New-CacheKey b) -Store $near
            Get-CacheEntry -Store $near -SignedBy old | Should -HaveCount 1
            Remove-CacheEntry -SignedBy old -Scope team:nobody -Store $near
            Get-CacheEntry -Store $near -SignedBy old | Should -HaveCount 1
            Remove-CacheEntry -SignedBy old -Scope project -Store $near
            Get-CacheEntry -Store $near -SignedBy old | Should -BeNullOrEmpty
        }

        It 'removes what a program has saved' {
            Get-CacheEntry -Store $near -Creator 'Save-*' | Should -HaveCount 4
            Remove-CacheEntry -Creator BuildCache.MSBuild* -Store $near, $far
            Get-CacheEntry -Store $near | Should -HaveCount 4
            Remove-CacheEntry -Creator save-cacheentry -SignedBy new -Store $near, $far
            Get-CacheEntry -Store $near | Should -HaveCount 3
            Remove-CacheEntry -Creator save-cacheentry -Store $near, $far
            Get-CacheEntry -Store $near, $far | Should -BeNullOrEmpty
        }

        It 'says what it left in a store that is only read' {
            $readonly = "file://$((Resolve-Path $far).Path)?readonly=true"
            Remove-CacheEntry -SignedBy old -Store $readonly, $near -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems.FullyQualifiedErrorId | Should -Be 'StoreAccessDenied,BuildCache.PowerShell.RemoveCacheEntryCommand'
            Get-CacheEntry -Store $near -SignedBy old | Should -BeNullOrEmpty
            Get-CacheEntry -Store $far -SignedBy old | Should -HaveCount 2
        }
    }
}
