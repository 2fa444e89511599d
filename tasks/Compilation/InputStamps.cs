using BuildCache.Content;

namespace BuildCache.MSBuild.Compilation;

/// <summary>What the inputs of a compilation looked like before the compiler ran, to tell afterwards whether it read what the key says.</summary>
/// <remarks>Content alone does not tell: a file that was edited and put back while the compiler ran is the same before and after. Its time of
/// change is not, and no editor can set that. A file that was written just before it was hashed could be written again within the same tick
/// of its file system, so its content is looked at, too.</remarks>
internal sealed class InputStamps(FileHasher hasher, PathRoots roots)
{
    // Two seconds is the coarsest tick of a file system in use (FAT).
    private const long Tick = 2 * TimeSpan.TicksPerSecond;

    private readonly List<(string Path, FileStamp? Stamp, Digest Digest)> _files = [];
    private readonly long _now = DateTime.UtcNow.Ticks;

    /// <summary>Notes a file that was hashed.</summary>
    public void Add(string path, FileStamp stamp, Digest digest) => _files.Add((path, stamp, digest));

    /// <summary>Notes that a file is not there.</summary>
    public void AddAbsent(string path) => _files.Add((path, null, default));

    /// <summary>Every file that was noted and is there.</summary>
    public IEnumerable<string> Paths => _files.Select(file => file.Path);

    /// <summary>A file that is not as it was, or <see langword="null"/>.</summary>
    public string? FindChanged()
    {
        foreach ((string path, FileStamp? before, Digest digest) in _files)
        {
            // A build that links a package's file into its output, rather than copying it, changes the time of the file's inode.
            FileStamp? now = Read(path);
            if (now != before && !(roots.IsInstalled(path) && before is { } was && now is { } linked && linked with { ChangedTicks = was.ChangedTicks } == was))
            {
                return path;
            }

            if (before is { } stamp && Math.Max(stamp.ModifiedTicks, stamp.ChangedTicks) > _now - Tick && hasher.Hash(path).Digest != digest)
            {
                return path;
            }
        }

        return null;
    }

    private static FileStamp? Read(string path)
    {
        try
        {
            return FileStamp.Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
