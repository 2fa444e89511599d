using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Files;

/// <summary>Reads files of folders that others can write to. To open a pipe would be to wait for its other end, and a file may be of any size.</summary>
internal static class RegularFile
{
    /// <summary>Reads a file whole.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <returns><see langword="null"/> when there is none, when a pipe, a socket or a device has that name, and when it is larger.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it, or it is a directory.</exception>
    public static byte[]? TryRead(string path, int most)
    {
        if (FileStamp.Read(path) is not { } stamp)
        {
            return Directory.Exists(path) ? throw new UnauthorizedAccessException($"'{path}' is a directory.") : null;
        }

        if (stamp.Size > most)
        {
            return null;
        }

        using SafeFileHandle? file = Open(path);
        return file is null ? null : Read(file, (int)stamp.Size, most);
    }

    /// <summary>Reads a small text in UTF-8.</summary>
    /// <inheritdoc cref="TryRead(string, int)"/>
    public static string? TryReadText(string path, int most) =>
        TryRead(path, most) is { } bytes ? Encoding.UTF8.GetString(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes) : null;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">Full path.</param>
    /// <returns><see langword="null"/> when there is none, and when a pipe, a socket or a device has that name.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it, or it is a directory.</exception>
    public static SafeFileHandle? TryOpen(string path) => FileStamp.Read(path) is not null ? Open(path)
        : Directory.Exists(path) ? throw new UnauthorizedAccessException($"'{path}' is a directory.") : null;

    // What took the place of the file since it was looked at may be a pipe: it is not waited for either.
    private static SafeFileHandle? Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                return File.OpenHandle(path);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }

        int handle = UnixCalls.OpenWithoutWaiting(path);
        return handle >= 0 ? new SafeFileHandle(handle, ownsHandle: true) : -handle switch
        {
            UnixCalls.NoEntry or UnixCalls.NotDirectory => null,
            UnixCalls.AccessDenied or UnixCalls.NotPermitted => throw new UnauthorizedAccessException($"Access to '{path}' is denied."),
            int error => throw new IOException($"'{path}': {Marshal.GetPInvokeErrorMessage(error)}"),
        };
    }

    // It may have grown since.
    private static byte[]? Read(SafeFileHandle file, int expected, int most)
    {
        byte[] bytes = new byte[expected + 1];
        int read = 0;
        for (int count; (count = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0;)
        {
            read += count;
            if (read > most)
            {
                return null;
            }

            if (read == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(most + 1L, 2L * bytes.Length));
            }
        }

        return bytes[..read];
    }
}
