using BuildCache.Configuration;

namespace BuildCache.Tests.Configuration;

[Collection(typeof(EnvironmentAlone))]
public sealed class UserDirectoriesTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();

    [Fact]
    public void The_home_variable_moves_everything()
    {
        _environment.Set(UserDirectories.HomeVariable, _environment.Home.PathOf("elsewhere"));

        Assert.Equal(_environment.Home.PathOf("elsewhere/store"), UserDirectories.Store);
        Assert.StartsWith(_environment.Home.PathOf("elsewhere"), UserDirectories.HashMemories, StringComparison.Ordinal);
        Assert.StartsWith(_environment.Home.PathOf("elsewhere"), UserDirectories.Sessions, StringComparison.Ordinal);
    }

    [Fact]
    public void On_Linux_the_cache_directory_of_the_desktop_standard_is_used()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The standard is that of Linux desktops.");
        Assert.Equal(_environment.Home.PathOf(".cache/buildcache"), UserDirectories.Root);

        _environment.Set("XDG_CACHE_HOME", _environment.Home.PathOf("cache"));
        Assert.Equal(_environment.Home.PathOf("cache/buildcache"), UserDirectories.Root);

        // As the standard has it, a relative one counts for nothing.
        _environment.Set("XDG_CACHE_HOME", "relative");
        Assert.Equal(_environment.Home.PathOf(".cache/buildcache"), UserDirectories.Root);
    }

    // Of a directory that does not exist .NET gives an empty path; what is made of that would lie in the current directory.
    [Fact]
    public void A_home_that_does_not_exist_is_never_the_current_directory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux do variables say where the user's directories are.");
        _environment.Set("HOME", _environment.Home.PathOf("missing"));
        _environment.Set("XDG_CONFIG_HOME", _environment.Home.PathOf("missing too"));

        Assert.Equal(_environment.Home.PathOf("missing/.cache/buildcache"), UserDirectories.Root);
        Assert.Equal(_environment.Home.PathOf("missing too/buildcache/buildcache.json"), UserDirectories.SettingsFile);
    }

    public void Dispose() => _environment.Dispose();
}
