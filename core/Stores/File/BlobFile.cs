using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.File;

/// <summary>How the store reads and makes single files: with no buffer of its own, and with the mode from the start.</summary>
internal static class BlobFile
{
    public const UnixFileMode ReadOnlyMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    public const UnixFileMode PlainMode = ReadOnlyMode | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    public const UnixFileMode ExecutableMode = PlainMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static int ReadUpTo(SafeFileHandle file, Span<byte> buffer)
    {
        int read = 0;
        for (int count; read < buffer.Length && (count = RandomAccess.Read(file, buffer[read..], read)) > 0;)
        {
            read += count;
        }

        return read;
    }

    public static void WriteNew(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var stream = new FileStream(path, options);
        stream.Write(content);
    }
}
