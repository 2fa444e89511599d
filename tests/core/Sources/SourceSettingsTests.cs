using BuildCache.Configuration;
using BuildCache.Sources;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Sources;

[Collection(typeof(EnvironmentAlone))]
public sealed class SourceSettingsTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly TempFolder _folder = new();

    [Fact]
    public void The_asset_service_is_the_callers_that_of_the_environment_the_workspaces_or_the_users()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does a variable say where the user's settings are.");
        Assert.Null(Service());
        _environment.Home.File("config/buildcache/buildcache.json", """{"assetService":"grpc://user:1"}""");
        Assert.Equal("grpc://user:1", Service());
        _folder.File("buildcache.json", """{"assetService":"grpc://workspace:1"}""");
        Assert.Equal("grpc://workspace:1", Service());
        _environment.Set(SourceSettings.AssetServiceVariable, "grpc://environment:1");
        Assert.Equal("grpc://environment:1", Service());
        Assert.Equal("grpc://caller:1", Service("grpc://caller:1"));
        Assert.Equal("grpc://environment:1", Service(" "));
    }

    [Fact]
    public void An_order_names_mirrors_of_both_files_and_nothing_else()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does a variable say where the user's settings are.");
        _environment.Home.File("config/buildcache/buildcache.json", """{"mirrors":[{"name":"near","aliases":{"aa":"https://near/"}}]}""");
        _folder.File("buildcache.json", """{"aliases":{"aa":"https://a/"},"fetchOrder":["origin","near"]}""");
        Assert.Equal(["https://a/x", "https://near/x"], SourceSettings.Read(Workspace.At(_folder.Root)).Places.ToFetch("aa:x").Select(place => place.Url));

        _folder.File("buildcache.json", "{\"trackOrder\":[\"near\",\n\"far\"]}");
        Assert.Contains("buildcache.json(2): 'far'", Fails.With(ErrorId.InvalidConfiguration, () => SourceSettings.Read(Workspace.At(_folder.Root))).Message, StringComparison.Ordinal);
    }

    private string? Service(string? own = null) => SourceSettings.Read(Workspace.At(_folder.Root), own).AssetService?.Text;

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }
}
