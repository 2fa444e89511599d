namespace BuildCache.Pruning;

/// <summary>Bytes that are appended once and read back: a little of them in memory, the rest in a temporary file.</summary>
/// <remarks>
/// The file is made when memory does not suffice, so that a small cache is pruned even where nothing can be written. It lies where
/// the system keeps temporary files and not in the cache, whose disk may be full. Not safe for several threads at once.
/// </remarks>
/// <param name="folder">Where the file is made; <see langword="null"/> for the system's place.</param>
internal sealed class SpillFile(string? folder = null) : IDisposable
{
    private const int InMemory = 256 * 1024;

    private readonly MemoryStream _tail = new();
    private FileStream? _file;

    /// <summary>How many bytes there are.</summary>
    public long Length => Written + _tail.Length;

    private long Written { get; set; }

    /// <summary>Appends bytes.</summary>
    /// <returns>Where they begin.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: there is no space for them.</exception>
    public long Append(ReadOnlySpan<byte> bytes)
    {
        long offset = Length;
        if (_tail.Length + bytes.Length > InMemory)
        {
            Write(_tail.GetBuffer().AsSpan(0, (int)_tail.Length));
            _tail.SetLength(0);
            Write(bytes);
        }
        else
        {
            _tail.Write(bytes);
        }

        return offset;
    }

    /// <summary>Reads bytes that were appended.</summary>
    /// <exception cref="EndOfStreamException">There are not so many.</exception>
    public void Read(Span<byte> buffer, long offset)
    {
        int fromFile = (int)Math.Clamp(Written - offset, 0, buffer.Length);
        for (int read = 0; read < fromFile;)
        {
            int count = Guard(buffer[read..fromFile], offset + read);
            read += count > 0 ? count : throw new EndOfStreamException();
        }

        if (fromFile < buffer.Length)
        {
            _tail.GetBuffer().AsSpan(0, (int)_tail.Length).Slice((int)(offset + fromFile - Written), buffer.Length - fromFile).CopyTo(buffer[fromFile..]);
        }
    }

    /// <summary>Removes the file.</summary>
    public void Dispose() => _file?.Dispose();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file ??= Create(folder ?? Path.GetTempPath());
            RandomAccess.Write(_file.SafeFileHandle, bytes, Written);
            Written += bytes.Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(error);
        }
    }

    private int Guard(Span<byte> buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(_file!.SafeFileHandle, buffer, offset);
        }
        catch (IOException error)
        {
            throw Unavailable(error);
        }
    }

    private static FileStream Create(string folder)
    {
        string path = Path.Combine(folder, $"buildcache-prune-{Guid.NewGuid():n}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose,
        };
        if (OperatingSystem.IsWindows())
        {
            // Windows removes it even when this process is killed.
            return new FileStream(path, options);
        }

        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        // Elsewhere a file without a name lives as long as it is open, so a process that is killed leaves nothing.
        File.Delete(path);
        return file;
    }

    private static BuildCacheException Unavailable(Exception error) =>
        new(ErrorId.StoreUnavailable, $"The temporary file that pruning works with cannot be used: {error.Message} Have the variable {(OperatingSystem.IsWindows() ? "TEMP" : "TMPDIR")} name a folder with more space.", error);
}
