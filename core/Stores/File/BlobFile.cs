using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BuildCache.Content;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.File;

/// <summary>How the store reads, makes and copies single files; a new one has its mode from the start.</summary>
internal static class BlobFile
{
    public const UnixFileMode ReadOnlyMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Up to here a blob is held in memory, verified, and written once. A larger one shares the blocks of the store where the file system can (a reflink), else it is copied and verified in one pass.</summary>
    public const int LargestInMemory = 1024 * 1024;

    private const int CopyBufferSize = 1024 * 1024;
    private const int SmallestHole = 128 * 1024;

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
        using FileStream stream = Create(path, mode);
        stream.Write(content);
    }

    /// <summary>Makes a new file that can be written and read back.</summary>
    public static FileStream Create(string path, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        return new FileStream(path, options);
    }

    /// <summary>Copies a file and computes the digest of the bytes that were copied. Long runs of zeros become holes, so that a sparse file stays one.</summary>
    public static Digest Copy(SafeFileHandle from, SafeFileHandle to, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            for (int count; (count = RandomAccess.Read(from, buffer, size)) > 0; size += count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sha.AppendData(buffer, 0, count);
                WriteWithHoles(to, buffer.AsSpan(0, count), size);
            }

            RandomAccess.SetLength(to, size);

            Span<byte> hash = stackalloc byte[Digest.HashLength];
            sha.GetHashAndReset(hash);
            return new Digest(hash, size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // What is between two holes is written at once.
    private static void WriteWithHoles(SafeFileHandle file, ReadOnlySpan<byte> content, long offset)
    {
        int start = 0;
        for (int at = 0; at < content.Length; at += SmallestHole)
        {
            int end = Math.Min(at + SmallestHole, content.Length);
            if (!content[at..end].ContainsAnyExcept((byte)0))
            {
                Write(content[start..at], start);
                start = end;
            }
        }

        Write(content[start..], start);

        void Write(ReadOnlySpan<byte> part, int at)
        {
            if (part.Length > 0)
            {
                RandomAccess.Write(file, part, offset + at);
            }
        }
    }

    /// <summary>Makes a new file of the blocks of another, so that nothing is copied until one of them is written (a reflink).</summary>
    /// <returns><see langword="false"/> when the file system does not share blocks, or not between these two; nothing is written then.</returns>
    public static bool TryShareBlocks(SafeFileHandle from, SafeFileHandle to)
    {
        // The number is that of Linux on the architectures that .NET runs on. File.Copy would try the same, and macOS and
        // Windows have calls of their own for it, but it would not tell whether blocks were shared: a plain copy has to be read again.
        const nuint FileClone = 0x4004_9409;
        return OperatingSystem.IsLinux() && ioctl((int)to.DangerousGetHandle(), FileClone, (int)from.DangerousGetHandle()) == 0;
    }

    [DllImport("libc", EntryPoint = "ioctl", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ioctl(int file, nuint request, int argument);
}
