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

    public async Task WriteBlockAsync(long blob, byte[] blockId, Stream content, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(BlocksOf(blob));
        await WriteAsync(BlockFile(blob, blockId), content.CopyToAsync, cancellationToken);
    }

    public async Task WriteWholeAsync(long blob, Stream content, CancellationToken cancellationToken)
    {
        await WriteAsync(DataOf(blob), content.CopyToAsync, cancellationToken);
        DeleteBlocks(blob);
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
            cancellationToken);
        DeleteBlocks(blob);
    }

    /// <summary>A body that breaks off leaves nothing behind.</summary>
    private async Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        string temporary = Path.Combine(root, $"{Interlocked.Increment(ref _temporary)}.temporary");
        try
        {
            await using (FileStream file = File.Create(temporary))
            {
                await write(file, cancellationToken);
            }

            File.Move(temporary, path, overwrite: true);
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
