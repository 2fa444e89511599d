using BuildCache.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Configuration;

/// <summary>Sets environment variables and puts them back.</summary>
public sealed class EnvironmentGuard : IDisposable
{
    private readonly Dictionary<string, string?> _before = [];
    private readonly TempFolder _home = new();

    /// <summary>Starts from a user without any settings.</summary>
    public EnvironmentGuard()
    {
        foreach (string name in (string[])[CacheSettings.StoreVariable, CacheSettings.ScopeVariable, CacheSettings.ModeVariable, BuildCache.Sources.SourceSettings.AssetServiceVariable, UserDirectories.HomeVariable, "XDG_CACHE_HOME"])
        {
            Set(name, null);
        }

        Set("HOME", _home.Root);
        Set("XDG_CONFIG_HOME", _home.Folder("config"));
    }

    public TempFolder Home => _home;

    public void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        _home.Dispose();
    }
}
