using BuildCache.Sources.Archives;
using BuildCache.Sources.Git;

namespace BuildCache.Sources;

/// <summary>The kinds of sources that there are.</summary>
public static class SourceKinds
{
    private static readonly ISourceKind[] s_all = [new GitSource(), new ArchiveSource(), new FileSource()];

    /// <summary>The kind of a source, which is checked by it.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/> or <see cref="ErrorId.InvalidRef"/>.</exception>
    public static ISourceKind Of(SourceDeclaration source)
    {
        ISourceKind kind = Array.Find(s_all, kind => kind.Name == source.Kind)
            ?? throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} is of the kind '{source.Kind}', which is none of {string.Join(", ", s_all.Select(kind => kind.Name))}.");
        kind.Check(source);
        return kind;
    }
}
