using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.GitHubActions;

/// <summary>A part of a file as the body of a request, read while it is sent.</summary>
internal sealed class FileBlockContent : HttpContent
{
    private const int BufferSize = 128 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _offset;
    private readonly long _length;
    private readonly byte[] _sum;

    public FileBlockContent(string path, SafeFileHandle file, long offset, long length, byte[] sum)
    {
        (_path, _file, _offset, _length, _sum) = (path, file, offset, length, sum);
        Headers.ContentMD5 = sum;
    }

    /// <summary>Is told that something was sent.</summary>
    public Patience? Patience { get; set; }

    /// <summary>What was wrong with the file, if anything: whatever the peer answered, what it got is not what it was to get.</summary>
    public BuildCacheException? Problem { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            for (long done = 0; done < _length;)
            {
                int count = Read(buffer.AsSpan(0, (int)Math.Min(BufferSize, _length - done)), _offset + done);
                md5.AppendData(buffer, 0, count);
                // The last piece goes out only when all is known to be right, so that the peer gets no whole block that is wrong.
                if (done + count == _length && !md5.GetCurrentHash().AsSpan().SequenceEqual(_sum))
                {
                    throw Changed();
                }

                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                Patience?.Renew();
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    private int Read(Span<byte> buffer, long offset)
    {
        int count;
        try
        {
            count = RandomAccess.Read(_file, buffer, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Problem = new BuildCacheException(ErrorId.InputNotFound, $"'{_path}' cannot be read ({error.Message}). Check the disk that it is on.", error);
        }

        return count > 0 ? count : throw Changed();
    }

    private BuildCacheException Changed() => Problem =
        new BuildCacheException(ErrorId.InputChanged, $"'{_path}' changed while it was being saved. Stop what writes it, and save again.");
}
