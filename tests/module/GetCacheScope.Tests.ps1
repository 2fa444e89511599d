BeforeAll { . $PSScriptRoot/Sandbox.ps1 }

Describe 'Get-CacheScope' {
    BeforeEach {
        Enter-Workspace
        # The tests may run in a CI service.
        $script:ServiceVariables = @{}
        foreach ($name in 'GITHUB_ACTIONS', 'GITHUB_HEAD_REF', 'GITHUB_REF', 'GITHUB_RUN_ID', 'GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'TF_BUILD', 'GITLAB_CI', 'TEAMCITY_VERSION', 'JENKINS_URL') {
            $ServiceVariables[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $null)
        }
    }
    AfterEach {
        foreach ($name in $ServiceVariables.Keys) { [Environment]::SetEnvironmentVariable($name, $ServiceVariables[$name]) }
        Exit-Workspace
    }

    It 'tells the project and where its name stands' {
        $scope = Get-CacheScope
        $scope.Scope | Should -Be 'project:demo'
        $scope.ChosenBy | Should -Be 'the default'
        $scope.WorkspaceRoot | Should -Be $Workspace
        $scope.Pairs.Kind | Should -Be 'Project'
        $scope.Pairs.Value | Should -Be 'demo'
        $scope.Pairs.Source | Should -Be "'project' in $(Join-Path $Workspace buildcache.json)"
    }

    It 'tells that the environment chose, and that the file did' {
        Set-Content buildcache.json '{ "project": "demo", "scope": "team:core,project" }'
        $scope = Get-CacheScope
        $scope.Scope | Should -Be 'team:core,project:demo'
        $scope.ChosenBy | Should -Be "'scope' in $(Join-Path $Workspace buildcache.json)"
        $scope.Pairs[0].Source | Should -Be $scope.ChosenBy
        $env:BUILDCACHE_SCOPE = 'user'
        $scope = Get-CacheScope
        $scope.ChosenBy | Should -Be 'BUILDCACHE_SCOPE'
        $scope.Pairs.Value | Should -Be ([Environment]::UserName)
    }

    It 'explains each scope that is given, by parameter and by pipeline' {
        (Get-CacheScope global, 'host', team:core).Scope | Should -Be 'global', "host:$([Environment]::MachineName)", 'team:core'
        ('session', 'user' | Get-CacheScope).Pairs.Kind | Should -Be 'Session', 'User'
        (Get-CacheScope user).ChosenBy | Should -Be 'the parameter Scope'
    }

    It 'reports a scope that is none, and goes on with the next' {
        $scopes = 'galaxy', 'branch', 'team', 'user' | Get-CacheScope -ErrorVariable problems -ErrorAction SilentlyContinue
        $scopes.Pairs.Kind | Should -Be 'User'
        $problems | Should -HaveCount 3
        $problems.FullyQualifiedErrorId | Should -Be (@('InvalidScope,BuildCache.PowerShell.GetCacheScopeCommand') * 3)
        $problems[0].TargetObject | Should -Be 'galaxy'
        "$($problems[1])" | Should -BeLike '*BUILDCACHE_BRANCH*'
    }

    It 'takes branch and session from the CI service' {
        $env:GITHUB_ACTIONS = 'true'
        $env:GITHUB_REF = 'refs/heads/release/2'
        $env:GITHUB_RUN_ID = '42'
        $env:GITHUB_SERVER_URL = 'https://github.com'
        $env:GITHUB_REPOSITORY = 'contoso/shop'
        $scope = Get-CacheScope 'session,branch,project'
        $scope.Scope | Should -Be 'project:demo,branch:release/2,session:github:github.com/contoso/shop/42'
        $scope.Pairs.Source | Should -Be "'project' in $(Join-Path $Workspace buildcache.json)", 'GITHUB_REF', 'GITHUB_RUN_ID'
    }

    It 'gives a child process the session of this one' {
        $child = & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$module'; (Get-CacheScope session).Scope"
        $child | Should -Be (Get-CacheScope session).Scope
        $env:BUILDCACHE_SESSION = 'night, 7'
        (Get-CacheScope session).Scope | Should -Be 'session:night%2C 7'
    }

    It 'is readable at the prompt' {
        $text = Get-CacheScope 'project,user' | Out-String -Width 300
        $text | Should -Match 'Scope         : project:demo,user:'
        $text | Should -Match 'Values        : Project demo \(''project'' in .*buildcache\.json\)'
        $text | Should -Match 'ChosenBy      : the parameter Scope'
    }

    It 'gives text that is the same scope again' {
        $env:BUILDCACHE_BRANCH = '100% a,b'
        $text = (Get-CacheScope 'project,branch').Scope
        $text | Should -Be 'project:demo,branch:100%25 a%2Cb'
        "$((New-CacheKey a -Scope $text).Scope)" | Should -Be $text
    }

    It 'lets lookups go through several scopes in order' {
        $env:BUILDCACHE_BRANCH = 'topic'
        Set-File 'out.txt' 'of the project'
        New-CacheKey a | Save-CacheEntry -Path out.txt | Out-Null
        Set-File 'out.txt' 'of the branch'
        New-CacheKey a -Scope 'project,branch' | Save-CacheEntry -Path out.txt | Out-Null
        New-CacheKey a | Restore-CacheEntry -Scope 'project,branch', project | Out-Null
        Get-Content out.txt | Should -Be 'of the branch'
        $env:BUILDCACHE_BRANCH = 'other'
        "$((New-CacheKey a | Restore-CacheEntry -Scope 'session', 'project,branch', project).Entry.Key.Scope)" | Should -Be 'project:demo'
        Get-Content out.txt | Should -Be 'of the project'
        New-CacheKey a | Test-CacheEntry -Scope 'session', 'project,branch' | Should -BeFalse
    }
}
