using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;

namespace BuildCache.MSBuild.Compilation;

/// <summary>An output as it was when the compiler had just ended.</summary>
/// <param name="Name">What it is called in an entry.</param>
/// <param name="Path">Full path.</param>
/// <param name="Stamp">Its stamp, the same before and after it was read.</param>
/// <param name="Content">What it holds.</param>
internal sealed record WrittenFile(string Name, string Path, FileStamp Stamp, byte[] Content)
{
    /// <summary>The digest of the content.</summary>
    public Digest Digest { get; } = Digest.Of(Content);

    /// <summary>Reads a file.</summary>
    /// <returns><see langword="null"/> when it is not there, or changes while it is read.</returns>
    public static WrittenFile? TryRead(string name, string path)
    {
        try
        {
            if (FileStamp.Read(path) is { } stamp)
            {
                byte[] content = File.ReadAllBytes(path);
                return FileStamp.Read(path) == stamp ? new WrittenFile(name, path, stamp, content) : null;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be read cannot be saved.
        }

        return null;
    }

    /// <summary>The file as something to save, and only as it was.</summary>
    public PathToSave ToSave() => new(Name, Path, Digest);
}
