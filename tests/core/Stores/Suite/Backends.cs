using BuildCache.Stores;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>The kinds of stores by name, for the commands that run over all of them.</summary>
public static class Backends
{
    public static readonly IReadOnlyDictionary<string, Func<Backend>> All = new Dictionary<string, Func<Backend>>
    {
        ["folder"] = () => new FolderBackend(),
        ["S3 (moto)"] = () => new MotoBackend(),
        ["S3 (radosgw)"] = () => new RadosgwBackend(),
        ["REAPI (buildbox-casd)"] = () => new CasdBackend(),
        ["GitHub's cache service (peer)"] = () => new GitHubBackend(),
    };

    /// <summary>Opens the store of a backend that another process has started.</summary>
    /// <param name="name">The name of the kind.</param>
    /// <param name="address">Its <see cref="Backend.Location"/>.</param>
    public static CacheStore OpenAt(string name, string address) => CacheStore.Open(SettingAt(name, address));

    /// <summary>Names the store of a backend, and sets the variables that let this process and those that it starts into it.</summary>
    /// <inheritdoc cref="OpenAt" path="/param"/>
    public static string SettingAt(string name, string address)
    {
        if (name.StartsWith("S3", StringComparison.Ordinal))
        {
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Radosgw.AccessKey);
            Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Radosgw.SecretKey);
        }

        if (name.StartsWith("GitHub", StringComparison.Ordinal))
        {
            Environment.SetEnvironmentVariable("ACTIONS_RESULTS_URL", address.Split(' ')[0]);
            Environment.SetEnvironmentVariable("ACTIONS_RUNTIME_TOKEN", address.Split(' ')[1]);
            return "gha:";
        }

        return address;
    }
}
