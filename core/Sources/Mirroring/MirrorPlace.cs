using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Mirroring;

/// <summary>Where sources lie in a mirror. <c>docs/mirrors.md</c> describes the layout.</summary>
/// <remarks>
/// A source <c>alias:rest</c> lies at <c>alias/rest</c>, so that the address of the mirror with <c>alias/</c> behind it stands in for
/// the alias's own.
/// </remarks>
internal static class MirrorPlace
{
    /// <summary>The folder of what is the mirror's own; no alias has a dot in it.</summary>
    public const string Own = ".buildcache";

    // No alias is so short.
    private const string WithoutAlias = "_";

    /// <summary>Where what an address names lies.</summary>
    /// <param name="source">For messages.</param>
    /// <param name="url">The address, with its alias if it has one.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/>: it is no path below a folder.</exception>
    public static string Of(SourceDeclaration source, string url)
    {
        (string? alias, string rest) = SourceAliases.Split(url);
        // A port has no place in a name on Windows.
        rest = alias is null ? GitOrigin.Normalise(rest).Replace(':', '+') : rest;
        // A web server takes the query off, and reads what is escaped.
        string path = Uri.UnescapeDataString(rest.Split('?', '#')[0]).Trim('/');
        return SafePath.IsRelative(path) ? $"{alias ?? WithoutAlias}/{path}"
            : throw new BuildCacheException(ErrorId.InvalidSource,
                $"The address '{GitUrl.WithoutSecrets(url)}' of the source {source} cannot be a path in a mirror. Write it without '.', '..' and empty parts.");
    }

    /// <summary>The address that stands in for an alias of a source, of a mirror at an address that ends with a slash.</summary>
    public static string PrefixOf(string mirror, string alias, string rest) =>
        // What begins with a slash brings the one behind the alias along.
        rest.StartsWith('/') ? mirror + alias : $"{mirror}{alias}/";
}
