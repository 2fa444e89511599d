using BuildCache.Content;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Files;

/// <summary>Reads files of the user's tree that are to be saved. One that cannot be read is an error of that file, not of the store.</summary>
internal static class SourceFile
{
    /// <summary>Opens a file that others may write or delete meanwhile.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>.</exception>
    public static SafeFileHandle Open(string path) => Read(path, () => File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete));

    /// <summary>The stamp of a file; <see langword="null"/> for what is none.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>.</exception>
    public static FileStamp? Stamp(string path, out NodeProperties properties)
    {
        try
        {
            return FileStamp.Read(path, out properties);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Reads from a file, and does nothing else that can fail.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>.</exception>
    public static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Reads what a file has at a position.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>.</exception>
    public static int ReadAt(string path, SafeFileHandle file, Span<byte> buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(file, buffer, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Finds out whether it was the source that failed where it was read and written in one pass.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: it was.</exception>
    public static void ThrowIfUnreadable(string path, SafeFileHandle file) => Read(path, () =>
    {
        byte[] buffer = new byte[64 * 1024];
        long at = 0;
        for (int count; (count = RandomAccess.Read(file, buffer, at)) > 0; at += count)
        {
        }

        return at;
    });

    /// <summary>The error for a file that cannot be read.</summary>
    public static BuildCacheException Unreadable(string path, Exception error) =>
        new(ErrorId.InputNotFound, $"'{path}' cannot be read ({error.Message}). Check that it exists, that this user may read it, and that its disk is sound.", error);
}
