using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>The kinds of stores by name, for the commands that run over all of them.</summary>
public static class Backends
{
    public static readonly IReadOnlyDictionary<string, Func<Backend>> All = new Dictionary<string, Func<Backend>>
    {
        ["folder"] = () => new FolderBackend(),
    };

    /// <summary>Opens the store of a backend that another process has started.</summary>
    /// <param name="name">The name of the kind.</param>
    /// <param name="address">Its <see cref="Backend.Location"/>.</param>
    public static CacheStore OpenAt(string name, string address) => name switch
    {
        "folder" => new FileStore(address),
        _ => throw new ArgumentException($"'{name}' is no kind of store."),
    };
}
