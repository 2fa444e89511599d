using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.MSBuild.Compilation;

/// <summary>What the inputs of a compilation looked like before the compiler ran, to tell afterwards whether it read what the key says.</summary>
/// <remarks>Content alone does not tell: a file that was edited and put back while the compiler ran is the same before and after. Its time of
/// change is not, and no editor can set that. Where a write need not show in the time, as of a file that was written just before it was hashed,
/// the content is looked at, too.</remarks>
internal sealed class InputStamps(FileHasher hasher, PathRoots roots)
{
    private readonly List<(string Path, HashedFile? File)> _files = [];

    /// <summary>Notes a file that was hashed.</summary>
    public void Add(string path, HashedFile file) => _files.Add((path, file));

    /// <summary>Notes that a file is not there.</summary>
    public void AddAbsent(string path) => _files.Add((path, null));

    /// <summary>Every file that was noted and is there.</summary>
    public IEnumerable<string> Paths => _files.Select(file => file.Path);

    /// <summary>A file that is not as it was, or <see langword="null"/>.</summary>
    public string? FindChanged()
    {
        foreach ((string path, HashedFile? before) in _files)
        {
            FileStamp? now = Read(path);
            bool isInstalled = roots.IsInstalled(path);
            // A build that links a package's file into its output, rather than copying it, changes the time of the file's inode.
            if (now != before?.Stamp && !(isInstalled && before is { } was && now is { } linked && linked with { ChangedTicks = was.Stamp.ChangedTicks } == was.Stamp))
            {
                return path;
            }

            // What only installers write is read once in a build.
            if (before is { IsSettled: false } file && !isInstalled && hasher.Hash(path).Digest != file.Digest)
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
