using System.Globalization;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>A directory for one benchmark, removed at its end.</summary>
/// <remarks>
/// What is not needed any more is moved out of the way and stays until the end. ext4 does not give out the inode of a deleted
/// file again for some minutes, and passes over each such inode whenever a file is made: in a build of all hits after the deletion
/// of some thousand files, that search was a sixth of all CPU time. Few large files are deleted at once, for their space.
/// </remarks>
internal sealed class ScratchDirectory : IDisposable
{
    private const long LargeFile = 1024 * 1024;
    private const string Discarded = "discarded";

    private int _discarded;

    /// <summary>Makes a new directory.</summary>
    /// <param name="parent">The disk to measure on; the temporary directory where <see langword="null"/>.</param>
    public ScratchDirectory(string? parent)
    {
        FullPath = Path.Combine(Path.GetFullPath(parent ?? Path.GetTempPath()), "buildcache-benchmark-" + Path.GetRandomFileName());
        Directory.CreateDirectory(FullPath);
    }

    /// <summary>Full path.</summary>
    public string FullPath { get; }

    /// <summary>A path below it.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>Gets a directory below it out of the way, if it is there.</summary>
    public void Discard(string name)
    {
        var directory = new DirectoryInfo(Path.Combine(FullPath, name));
        if (!directory.Exists)
        {
            return;
        }

        foreach (FileInfo file in directory.EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Length > LargeFile).ToList())
        {
            file.Delete();
        }

        Directory.CreateDirectory(this[Discarded]);
        directory.MoveTo(Path.Combine(this[Discarded], (_discarded++).ToString(CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
