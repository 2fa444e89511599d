using System.Runtime.InteropServices;

namespace BuildCache.Files;

/// <summary>A file that is written under a temporary name and gets its own when it is whole: readers see all of the new content or all of the old.</summary>
public sealed class AtomicFile : IDisposable
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);
    private bool _isPlaced;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="directory">Full path of a directory of the same file system to write it in; <see langword="null"/> for that of the file.</param>
    public AtomicFile(string path, string? directory = null)
    {
        FinalPath = path;
        TemporaryPath = Path.Combine(directory ?? Path.GetDirectoryName(path)!, StagingName.New() + StagingName.TemporarySuffix);
    }

    /// <summary>Full path of the file.</summary>
    public string FinalPath { get; }

    /// <summary>Full path to write it to.</summary>
    public string TemporaryPath { get; }

    /// <summary>Writes a file whole.</summary>
    /// <exception cref="IOException">It could not be written. The file is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, string? directory = null)
    {
        using var file = new AtomicFile(path, directory);
        file.Fill(content, isPrivate: false);
        file.Replace();
    }

    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte}, string?)"/>
    public static void WritePrivate(string path, ReadOnlySpan<byte> content)
    {
        using var file = new AtomicFile(path);
        file.Fill(content, isPrivate: true);
        file.Replace();
    }

    /// <summary>Writes the new content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="isPrivate">Whether only this user may read it.</param>
    internal void Fill(ReadOnlySpan<byte> content, bool isPrivate)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (isPrivate && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(TemporaryPath, options);
        stream.Write(content);
    }

    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte}, string)"/>
    public static void Write(string path, string text, string? directory = null) => Write(path, System.Text.Encoding.UTF8.GetBytes(text), directory);

    /// <summary>Gives the file its name; one that has it gives way.</summary>
    public void Replace()
    {
        File.Move(TemporaryPath, FinalPath, overwrite: true);
        _isPlaced = true;
    }

    /// <summary>Gives the file its name, which nothing may have.</summary>
    /// <exception cref="IOException">Something has that name, and keeps it.</exception>
    public void PlaceNew()
    {
        MoveNew(TemporaryPath, FinalPath);
        _isPlaced = true;
    }

    /// <summary>Moves a file to a name that nothing has. Of several that do so at the same time, one succeeds.</summary>
    /// <exception cref="IOException">Something has that name, and keeps it.</exception>
    internal static void MoveNew(string from, string to)
    {
        // File.Move without overwriting looks first and renames then, except on Windows: two that look at the same time both
        // rename, and the second replaces what the first has put. A second name for a file is refused by the system itself.
        if (OperatingSystem.IsWindows())
        {
            File.Move(from, to);
            return;
        }

        if (link(from, to) == 0)
        {
            File.Delete(from);
            return;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case UnixCalls.Exists:
                throw new IOException($"There is a '{to}' already.");
            case UnixCalls.NoEntry when File.Exists(from):
                throw new DirectoryNotFoundException($"There is no directory for '{to}'.");
            default:
                // A file system without second names: what .NET does is the best there is.
                File.Move(from, to);
                break;
        }
    }

    /// <summary>Removes a temporary file that a process has left: one that nothing was written to for an hour.</summary>
    internal static void RemoveIfDead(string path)
    {
        if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - s_longestPause)
        {
            DirectoryRemoval.TryRemove(path);
        }
    }

    /// <summary>Removes the temporary files of a directory that nothing was written to for an hour.</summary>
    internal static void SweepDead(string directory)
    {
        foreach (string path in StagingNames.In(directory).Where(path => path.EndsWith(StagingName.TemporarySuffix, StringComparison.Ordinal)))
        {
            RemoveIfDead(path);
        }
    }

    /// <summary>Removes all temporary files of a directory that no other process writes in now.</summary>
    internal static void Sweep(string directory)
    {
        foreach (string path in StagingNames.In(directory))
        {
            DirectoryRemoval.TryRemove(path);
        }
    }

    /// <summary>Removes the temporary file.</summary>
    public void Dispose()
    {
        if (!_isPlaced)
        {
            DirectoryRemoval.TryRemove(TemporaryPath);
        }
    }

    [DllImport("libc", EntryPoint = "link", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
