using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>A key as a parameter takes it: a <see cref="CacheKey"/>, or the text of its id.</summary>
/// <remarks>
/// PowerShell converts to it while it binds parameters. The text is read later, in the cmdlet: an error found while binding
/// has an error id of PowerShell's, not <see cref="ErrorId.InvalidCacheId"/>.
/// </remarks>
public sealed class KeyArgument
{
    private readonly CacheKey? _key;
    private readonly string? _id;

    /// <summary>Takes a key.</summary>
    public KeyArgument(CacheKey key) => _key = key;

    /// <summary>Takes the text of an id.</summary>
    public KeyArgument(string id) => _id = id;

    /// <summary>The key.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheId"/>: the text is no id.</exception>
    internal CacheKey Resolve() => _key ?? CacheId.Parse(_id!);

    /// <summary>The key as it was given.</summary>
    public override string ToString() => _key?.ToString() ?? _id!;
}
