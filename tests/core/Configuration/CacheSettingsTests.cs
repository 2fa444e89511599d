using BuildCache.Configuration;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Configuration;

[Collection(typeof(EnvironmentAlone))]
public sealed class CacheSettingsTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly TempFolder _folder = new();

    [Fact]
    public void Without_any_setting_the_defaults_hold()
    {
        CacheSettings settings = CacheSettings.Resolve(Workspace.At(_folder.Root));

        Assert.Equal(new StoreSetting(UserDirectories.Store, SettingSource.Default) with { Workspace = _folder.Root, OfUser = settings.Store.OfUser }, settings.Store);
        Assert.Equal(CacheMode.ReadWrite, settings.Mode);
        Assert.Equal([(ScopeKind.Project, $"{Environment.MachineName}:{_folder.Root}")], settings.Scope.Pairs);
    }

    [Fact]
    public void The_workspace_wins_over_the_user_the_environment_over_both_and_the_caller_over_all()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does a variable say where the user's settings are.");
        _environment.Home.File("config/buildcache/buildcache.json", """{"store":"/user","scope":"team:user","mode":"ReadWrite"}""");
        Assert.Equal(("/user", "team:user", CacheMode.ReadWrite), Resolve());

        _folder.File("buildcache.json", """{"store":"/workspace","scope":"team:workspace","mode":"ReadOnly"}""");
        Assert.Equal(("/workspace", "team:workspace", CacheMode.ReadOnly), Resolve());

        _environment.Set(CacheSettings.StoreVariable, "/environment");
        _environment.Set(CacheSettings.ScopeVariable, "team:environment");
        _environment.Set(CacheSettings.ModeVariable, "audit");
        Assert.Equal(("/environment", "team:environment", CacheMode.Audit), Resolve());

        Assert.Equal(("/caller", "team:caller", CacheMode.WriteOnly), Resolve("/caller", "team:caller", "WRITEONLY"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void An_empty_variable_or_argument_says_nothing(string empty)
    {
        _folder.File("buildcache.json", """{"mode":"ReadOnly"}""");
        _environment.Set(CacheSettings.ModeVariable, empty);

        Assert.Equal(CacheMode.ReadOnly, CacheSettings.Resolve(Workspace.At(_folder.Root), mode: empty).Mode);
    }

    [Fact]
    public void A_scope_without_its_value_is_filled_in()
    {
        _folder.File("buildcache.json", """{"project":"mine"}""");

        Assert.Equal("team:core,project:mine", CacheSettings.Resolve(Workspace.At(_folder.Root), scope: "project,team:core").Scope.ToString());
        Assert.Equal($"user:{Environment.UserName}", CacheSettings.Resolve(Workspace.At(_folder.Root), scope: "user").Scope.ToString());
    }

    [Fact]
    public void A_mode_or_scope_that_is_none_is_an_error_of_its_own()
    {
        Fails.With(ErrorId.InvalidSetting, () => Resolve(mode: "banana"));
        Fails.With(ErrorId.InvalidSetting, () => Resolve(mode: "1"));
        Fails.With(ErrorId.InvalidScope, () => Resolve(scope: "banana"));
        Fails.With(ErrorId.InvalidScope, () => Resolve(scope: "branch"));
    }

    [Fact]
    public void What_chose_the_scope_is_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does a variable say where the user's settings are.");
        string ChosenBy(string? scope = null) => CacheSettings.Resolve(Workspace.At(_folder.Root), scope: scope).ExplainedScope.ChosenBy;

        Assert.Equal("the default", ChosenBy());
        string user = _environment.Home.File("config/buildcache/buildcache.json", """{"scope":"team:user"}""");
        Assert.Equal($"'scope' in {user}", ChosenBy());
        string own = _folder.File("buildcache.json", """{"scope":"team:workspace"}""");
        Assert.Equal($"'scope' in {own}", ChosenBy());
        _environment.Set(CacheSettings.ScopeVariable, "team:environment");
        Assert.Equal("BUILDCACHE_SCOPE", ChosenBy());
        Assert.Equal("the parameter Scope", ChosenBy("user"));
    }

    private (string, string, CacheMode) Resolve(string? store = null, string? scope = null, string? mode = null)
    {
        CacheSettings settings = CacheSettings.Resolve(Workspace.At(_folder.Root), store, scope, mode);
        return (settings.Store.Text, settings.Scope.ToString(), settings.Mode);
    }

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }
}
