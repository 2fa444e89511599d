using System.IO.Enumeration;

namespace BuildCache.Volumes;

/// <summary>What a directory takes.</summary>
/// <param name="Files">How many files there are.</param>
/// <param name="Bytes">Their bytes together.</param>
internal sealed record VolumeUsage(long Files, long Bytes)
{
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = true, RecurseSubdirectories = true };

    /// <summary>Counts the files below the directories in a directory: its own files are not what was put into it.</summary>
    public static VolumeUsage Of(string directory)
    {
        (long files, long bytes) = (0, 0);
        if (Directory.Exists(directory))
        {
            foreach (string child in Directory.EnumerateDirectories(directory))
            {
                VolumeUsage below = Below(child);
                (files, bytes) = (files + below.Files, bytes + below.Bytes);
            }
        }

        return new VolumeUsage(files, bytes);
    }

    /// <summary>Counts the files below a directory.</summary>
    public static VolumeUsage Below(string directory)
    {
        (long files, long bytes) = (0, 0);
        try
        {
            var lengths = new FileSystemEnumerable<long>(directory, (ref FileSystemEntry entry) => entry.Length, s_everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
                ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
            };
            foreach (long length in lengths)
            {
                (files, bytes) = (files + 1, bytes + length);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody cleans up in it: what was counted so far is as good an answer as any.
        }

        return new VolumeUsage(files, bytes);
    }
}
