using System.Buffers;
using System.Security.Cryptography;
using BuildCache.Content;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Content on its way into an archive, in blocks, each with the checksum that the storage checks it by.</summary>
internal abstract class ArchiveContent
{
    /// <summary>How large a block is, but for the last: as large as GitHub's own client makes it.</summary>
    public const int BlockSize = 64 * 1024 * 1024;

    protected ArchiveContent(long size) => Size = size;

    /// <summary>All of it, in bytes.</summary>
    public long Size { get; }

    /// <summary>How many blocks there are; at least one.</summary>
    public int Blocks => (int)Math.Max(1, (Size + BlockSize - 1) / BlockSize);

    /// <summary>A block as the body of a request; each call gives a new one.</summary>
    public abstract HttpContent Block(int index);

    /// <summary>How long a block is.</summary>
    protected long LengthOf(int index) => Math.Min(BlockSize, Size - ((long)index * BlockSize));
}

/// <summary>Content in memory, of at most one block.</summary>
internal sealed class MemoryArchiveContent(ReadOnlyMemory<byte> content) : ArchiveContent(content.Length)
{
    public override HttpContent Block(int index)
    {
        ReadOnlyMemory<byte> part = content.Slice(index * BlockSize, (int)LengthOf(index));
        return new ReadOnlyMemoryContent(part) { Headers = { ContentMD5 = BlockSums.Of(part.Span) } };
    }
}

/// <summary>Content of a file that was hashed before. What was changed since is found out while it is sent.</summary>
internal sealed class FileArchiveContent(string path, SafeFileHandle file, BlockSums sums) : ArchiveContent(sums.Digest.Size)
{
    public override HttpContent Block(int index) =>
        new FileBlockContent(path, file, (long)index * BlockSize, LengthOf(index), sums.Blocks[index]);
}

/// <summary>The digest of a file, and the checksum of each of its blocks.</summary>
/// <param name="Digest">The digest of all of it.</param>
/// <param name="Blocks">The MD5 of each block. It is what the storage knows; nobody is kept from anything by it.</param>
internal sealed record BlockSums(Digest Digest, IReadOnlyList<byte[]> Blocks)
{
    private const int BufferSize = 256 * 1024;

    public static byte[] Of(ReadOnlySpan<byte> block) => CryptographicOperations.HashData(HashAlgorithmName.MD5, block);

    /// <summary>Reads a file once.</summary>
    public static BlockSums Read(SafeFileHandle file, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            List<byte[]> blocks = [];
            long size = 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int room = (int)Math.Min(BufferSize, ArchiveContent.BlockSize - (size % ArchiveContent.BlockSize));
                int count = RandomAccess.Read(file, buffer.AsSpan(0, room), size);
                sha.AppendData(buffer, 0, count);
                md5.AppendData(buffer, 0, count);
                size += count;
                if ((count == 0 && (size % ArchiveContent.BlockSize != 0 || size == 0)) || (count > 0 && size % ArchiveContent.BlockSize == 0))
                {
                    blocks.Add(md5.GetHashAndReset());
                }

                if (count == 0)
                {
                    return new BlockSums(new Digest(sha.GetHashAndReset(), size), blocks);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
