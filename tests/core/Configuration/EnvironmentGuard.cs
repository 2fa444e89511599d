using BuildCache.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Configuration;

/// <summary>Sets environment variables and puts them back.</summary>
public sealed class EnvironmentGuard : IDisposable
{
    // What CI services set: the tests may run in one.
    private static readonly string[] s_services = ["GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "TEAMCITY_VERSION", "JENKINS_URL"];

    private readonly Dictionary<string, string?> _before = [];
    private readonly TempFolder _home = new();

    /// <summary>Starts from a user without any settings.</summary>
    public EnvironmentGuard()
    {
        foreach (string name in (string[])[CacheSettings.StoreVariable, CacheSettings.ScopeVariable, CacheSettings.ModeVariable, UserDirectories.HomeVariable, TrustSettings.TrustVariable, TrustSettings.SigningKeyVariable, BuildCache.Sources.SourceSettings.AssetServiceVariable, "XDG_CACHE_HOME", "XDG_DATA_HOME", Branch.Variable, Session.Variable, .. s_services])
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
