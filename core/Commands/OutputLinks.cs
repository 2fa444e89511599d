using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.Commands;

/// <summary>Links among the outputs of a command. What is behind one lies elsewhere, whatever its path says: it is neither removed, saved nor written.</summary>
/// <param name="root">Full path of the workspace root.</param>
internal sealed class OutputLinks(string root)
{
    /// <summary>Refuses an output whose path passes through a link. A mounted volume is such a link.</summary>
    /// <param name="name">The output, relative to the root.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.PathOutsideWorkspace"/>.</exception>
    public void RefuseAbove(string name)
    {
        if (Above(name) is { } link)
        {
            throw new BuildCacheException(ErrorId.PathOutsideWorkspace,
                $"The output '{name}' lies behind the link '{link}', so it is not in the workspace. Name a path that does not pass through a link; what is kept in a volume is not an output.");
        }
    }

    /// <summary>Refuses a glob whose fixed part passes through a link.</summary>
    /// <inheritdoc cref="RefuseAbove"/>
    public void RefuseAboveGlob(string glob)
    {
        int wildcard = glob.IndexOf('*', StringComparison.Ordinal);
        RefuseAbove(wildcard < 0 ? glob : glob[..(glob.LastIndexOf('/', wildcard) + 1)] + "any");
    }

    /// <summary>The nearest link to the root that a path passes through, or <see langword="null"/>.</summary>
    public string? Above(string name) => RootedPath.LinkAbove(root, name);

    /// <summary>Whether a link stands at a path.</summary>
    public bool Is(string name) => RootedPath.IsLink(Path.Combine(root, name));

    /// <summary>Why a link that stands at an output keeps it from being saved.</summary>
    public static BuildCacheException Unsupported(string name, bool isMade) => new(ErrorId.UnsupportedFile,
        $"The output '{name}' is a link, which an entry cannot hold by itself. {(isMade ? "The command is not saved." : "The command runs without the cache, and the link is left alone.")} Have the command make a file or a directory, or name the directory that holds both the link and its target as the output.");

    /// <summary>Why a link that a glob met keeps the command from being saved.</summary>
    public static BuildCacheException NotEntered(GlobMatch match) => new(ErrorId.LinkNotEntered,
        $"The command made {match.LinksForPeople}, which the output glob '{match.Glob}' does not enter. It is not saved. Have it make directories, or name the directory that holds the link as the output.");
}
