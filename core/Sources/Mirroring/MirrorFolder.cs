using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Sources.Mirroring;

/// <summary>A mirror in a folder, while one synchronises it.</summary>
internal sealed class MirrorFolder : IDisposable
{
    private readonly FileLock _lock;
    private readonly HashMemory _memory;

    private MirrorFolder(string root, FileLock taken, HashMemory memory) => (Root, _lock, _memory) = (root, taken, memory);

    /// <summary>Full path of the folder.</summary>
    public string Root { get; }

    /// <summary>Full path of the folder of what is the mirror's own.</summary>
    public string Own => Path.Combine(Root, MirrorPlace.Own);

    /// <summary>Opens the mirror in a folder, which is made if it is not there, and waits for another that synchronises it.</summary>
    /// <param name="root">Full path of the folder.</param>
    /// <param name="memories">Where the digests of files are remembered.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.LockFailed"/>: it cannot be made or locked.</exception>
    public static async ValueTask<MirrorFolder> OpenAsync(string root, string memories, CancellationToken cancellationToken)
    {
        string own = Path.Combine(root, MirrorPlace.Own);
        try
        {
            Directory.CreateDirectory(own);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.LockFailed, $"The folder '{root}' for a mirror cannot be made: {error.Message} Check the path and the permissions.", error);
        }

        FileLock? taken = await FileLock.TakeAsync(Path.Combine(own, "lock"), LockKind.Exclusive, cancellationToken: cancellationToken);
        AtomicFile.Sweep(own);
        return new MirrorFolder(root, taken!, HashMemory.Open(Path.Combine(memories, Digest.Of(System.Text.Encoding.UTF8.GetBytes(root)).Hash[..32])));
    }

    /// <summary>Full path of a place in the mirror.</summary>
    public string PathOf(string place) => Path.Combine(Root, place);

    /// <summary>The digest of a file, which is read only if it changed since it was read last.</summary>
    public Digest DigestOf(string file, CancellationToken cancellationToken) => new FileHasher(_memory).Hash(file, cancellationToken).Digest;

    /// <summary>Refuses a place that lies inside of a repository.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/>.</exception>
    public void RefuseInsideRepository(SourceDeclaration source, string place)
    {
        for (int slash = place.LastIndexOf('/'); slash > 0; slash = place.LastIndexOf('/', slash - 1))
        {
            if (IsRepository(PathOf(place[..slash])))
            {
                throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} would lie at '{place}' in the mirror, inside of the repository '{place[..slash]}'. Give one of them an alias of its own.");
            }
        }
    }

    /// <summary>Whether a directory is a bare repository.</summary>
    public static bool IsRepository(string directory) => File.Exists(Path.Combine(directory, "HEAD")) && Directory.Exists(Path.Combine(directory, "objects"));

    /// <summary>Keeps what was learned about files, and lets others in.</summary>
    public void Dispose()
    {
        _memory.Save();
        _lock.Dispose();
    }
}
