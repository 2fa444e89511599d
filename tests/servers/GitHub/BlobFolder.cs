using System.Security.Cryptography;

namespace BuildCache.TestServers.GitHub;

/// <summary>Committed blobs and the blocks of uploads under way, as files.</summary>
internal sealed class BlobFolder(string root)
{
    private int _temporary;

    public string DataOf(long blob) => Path.Combine(root, $"{blob}.data");

    public void Delete(long blob)
    {
        File.Delete(DataOf(blob));
        DeleteBlocks(blob);
    }

    /// <summary>Block ids of one blob must have one length, as Azure demands; false: this one has another.</summary>
    public bool Fits(long blob, byte[] blockId) =>
        !Directory.Exists(BlocksOf(blob)) || Directory.EnumerateFiles(BlocksOf(blob)).All(file => Path.GetFileName(file).Length == blockId.Length * 2);

    public bool HasBlock(long blob, byte[] blockId) => File.Exists(BlockFile(blob, blockId));

    /// <returns>False: the content does not have the MD5 that it came with, and was not kept.</returns>
    public async Task<bool> WriteBlockAsync(long blob, byte[] blockId, Stream content, byte[]? md5, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(BlocksOf(blob));
        return await WriteAsync(BlockFile(blob, blockId), content.CopyToAsync, md5, cancellationToken);
    }

    /// <inheritdoc cref="WriteBlockAsync"/>
    public async Task<bool> WriteWholeAsync(long blob, Stream content, byte[]? md5, CancellationToken cancellationToken)
    {
        bool written = await WriteAsync(DataOf(blob), content.CopyToAsync, md5, cancellationToken);
        DeleteBlocks(blob);
        return written;
    }

    public async Task CommitAsync(long blob, IReadOnlyList<byte[]> blockIds, CancellationToken cancellationToken)
    {
        await WriteAsync(
            DataOf(blob),
            async (data, cancelled) =>
            {
                foreach (byte[] blockId in blockIds)
                {
                    await using FileStream block = File.OpenRead(BlockFile(blob, blockId));
                    await block.CopyToAsync(data, cancelled);
                }
            },
            md5: null,
            cancellationToken);
        DeleteBlocks(blob);
    }

    /// <summary>A body that breaks off leaves nothing behind.</summary>
    private async Task<bool> WriteAsync(string path, Func<Stream, CancellationToken, Task> write, byte[]? md5, CancellationToken cancellationToken)
    {
        string temporary = Path.Combine(root, $"{Interlocked.Increment(ref _temporary)}.temporary");
        try
        {
            await using (FileStream file = File.Create(temporary))
            {
                await write(file, cancellationToken);
                file.Position = 0;
                if (md5 is not null && !(await CryptographicOperations.HashDataAsync(HashAlgorithmName.MD5, file, cancellationToken)).AsSpan().SequenceEqual(md5))
                {
                    return false;
                }
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private void DeleteBlocks(long blob)
    {
        if (Directory.Exists(BlocksOf(blob)))
        {
            Directory.Delete(BlocksOf(blob), recursive: true);
        }
    }

    private string BlocksOf(long blob) => Path.Combine(root, $"{blob}.blocks");

    private string BlockFile(long blob, byte[] blockId) => Path.Combine(BlocksOf(blob), Convert.ToHexString(blockId));
}
