using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Sources.Fetching;

/// <summary>Where in a workspace a source belongs.</summary>
public static class SourceDirectory
{
    /// <summary>What a declaration calls it.</summary>
    public const string Option = "directory";

    private const string DefaultParent = "sources";

    /// <summary>Full path of the directory of a source: what it says itself, relative to the workspace root, else its name in <c>sources</c>.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.PathOutsideWorkspace"/>: a project may not have anything outside of its own checkout replaced.
    /// <see cref="ErrorId.UnsafePath"/>: it lies behind a link, or is part of git's own directory.
    /// <see cref="ErrorId.InvalidSource"/>: its name is no name of a directory, and it does not say another.
    /// </exception>
    public static string Of(Workspace workspace, SourceDeclaration source)
    {
        if (!source.Options.TryGetValue(Option, out string? directory))
        {
            directory = SafePath.IsName(source.Name) ? Path.Combine(DefaultParent, source.Name)
                : throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} has a name that is none for a directory. Give it a '{Option}'.");
        }

        try
        {
            return RootedPath.Of(workspace.Root, SafePath.RelativeTo(workspace.Root, directory));
        }
        catch (BuildCacheException error)
        {
            throw source.About(error);
        }
    }
}
