using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Sources;

/// <summary>The key under which a staged source is cached: what it is, and not where it was found.</summary>
/// <remarks>
/// The address counts as it is declared, with its alias: a mirror that comes or goes, or an alias that points elsewhere, changes no
/// key. In the global scope, because equal refs are equal content whoever asks. See <c>docs/key-format.md</c>.
/// </remarks>
public static class SourceKey
{
    /// <summary>The first part of every such key.</summary>
    public const string FirstPart = "source";

    private const byte FormatVersion = 1;

    /// <summary>Where a source is put, which is not what it is.</summary>
    internal const string DirectoryOption = "directory";

    /// <summary>The key of a source at its ref.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidRef"/>: it has none.</exception>
    public static CacheKey Of(SourceDeclaration source, ISourceKind kind)
    {
        using var writer = new CanonicalWriter(FormatVersion);
        writer.Text(source.Kind).Text(source.Url).Text(kind.CanonicalRef(source));
        KeyValuePair<string, string>[] options = [.. source.Options.Where(option => option.Key != DirectoryOption).OrderBy(option => option.Key, StringComparer.Ordinal)];
        writer.Count(options.Length);
        foreach ((string name, string value) in options)
        {
            writer.Text(name).Text(value);
        }

        return CacheKey.Create(CacheScope.Global, [FirstPart, source.Kind, Digest.Of(writer.ToArray()).Hash]);
    }
}
