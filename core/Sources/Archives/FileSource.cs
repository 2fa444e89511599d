using BuildCache.Content;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Archives;

/// <summary>Sources that are one file, known by its checksum.</summary>
public class FileSource : ISourceKind
{
    /// <summary>What the name of a directory is followed by in that of the file that it is made from.</summary>
    internal const string DownloadSuffix = ".download";

    private const string DirectoryOption = "directory";

    /// <inheritdoc/>
    public virtual string Name => "file";

    /// <inheritdoc/>
    public string RefQualifier => "checksum.sri";

    /// <inheritdoc/>
    public string CanonicalRef(SourceDeclaration source) => Checksum.Of(Checksum.HashOf(source));

    /// <inheritdoc/>
    public string QualifierOfRef(string canonicalRef) => Checksum.ToIntegrity(canonicalRef);

    /// <summary>The options that this kind knows.</summary>
    private protected virtual IReadOnlyList<string> Options => ["name", "executable", DirectoryOption];

    /// <inheritdoc/>
    public virtual void Check(SourceDeclaration source)
    {
        if (source.Options.Keys.FirstOrDefault(option => !Options.Contains(option)) is { } unknown)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} says '{unknown}', which a source of kind '{Name}' does not know; known are ref, {string.Join(", ", Options)}.");
        }

        if (source.Track is not null)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} is a file and has no branch to track; its ref is its checksum. Remove 'track'.");
        }

        if (source.Options.TryGetValue("name", out string? name) && !SafePath.IsName(name))
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The 'name' '{name}' of the source {source} is no name of a file.");
        }

        if (source.Ref is not null)
        {
            _ = Checksum.HashOf(source);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The checksum of what the place has now.</remarks>
    public async ValueTask<string> TrackAsync(SourceDeclaration source, string url, CancellationToken cancellationToken = default)
    {
        string file = Path.Combine(Path.GetTempPath(), $"buildcache-{Path.GetRandomFileName()}");
        try
        {
            return Checksum.Of(await Download.ToFileAsync(source, url, file, cancellationToken));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<FetchedSource> FetchAsync(SourceDeclaration source, string url, string directory, CancellationToken cancellationToken = default)
    {
        string expected = Checksum.HashOf(source);
        // Beside the directory and not in it: an archive is not part of what it unpacks to.
        string file = directory.TrimEnd(Path.DirectorySeparatorChar) + DownloadSuffix;
        Digest digest = await Download.ToFileAsync(source, url, file, cancellationToken);
        return digest.Hash == expected ? new FetchedSource([], null, await UnpackAsync(source, url, file, directory, cancellationToken))
            : throw new BuildCacheException(ErrorId.ChecksumDiffers,
                $"What '{GitUrl.WithoutSecrets(url)}' has for the source {source} has the checksum {Checksum.Of(digest)}, and {source.Ref} is expected. Somebody replaced it, or the ref is of another version: look at what changed before you take the new one.");
    }

    /// <inheritdoc/>
    public bool IsFile => true;

    /// <inheritdoc/>
    public bool Verify(SourceDeclaration source, string directory, ReadOnlyMemory<byte> proof, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A file is verified by its checksum.");

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> QualifiersOf(SourceDeclaration source) => [];

    /// <inheritdoc/>
    public virtual ValueTask<string> UnpackAsync(SourceDeclaration source, string url, string file, string directory, CancellationToken cancellationToken = default)
    {
        string name = source.Options.GetValueOrDefault("name") ?? Uri.UnescapeDataString(url.Split('?', '#')[0].TrimEnd('/').Split('/')[^1]);
        if (!SafePath.IsName(name))
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The address of the source {source} ends with no name for a file. Give it a 'name'.");
        }

        string staged = Path.Combine(directory, name);
        File.Move(file, staged);
        if (source.Options.GetValueOrDefault("executable") == "true")
        {
            ExecutableBit.Set(staged);
        }

        return ValueTask.FromResult(staged);
    }
}
