using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Stores.File;

namespace BuildCache.Stores.Packs;

/// <summary>Fetches a part of a pack.</summary>
/// <param name="pack">The name of the pack.</param>
/// <param name="offset">Where the part begins.</param>
/// <param name="destination">Receives it; it is as long as the part.</param>
/// <param name="cancellationToken">Stops.</param>
/// <returns>How many bytes there are: fewer when the pack definitely ends before, none when it is definitely not there.</returns>
internal delegate ValueTask<int> FetchRange(string pack, long offset, Memory<byte> destination, CancellationToken cancellationToken);

/// <summary>Gets blobs out of packs: in few ranges, several at a time, each blob verified.</summary>
/// <param name="fetch">Fetches a part of a pack. It throws when the store cannot say.</param>
/// <param name="parallel">How many parts are fetched, and held in memory, at a time.</param>
/// <param name="lost">Learns of a pack that is not there, or not as long as it should be.</param>
/// <param name="isCorrupt">Tells of a blob that arrived damaged twice in the same way whether it is stored so. If it is, the store drops the pack, if it may.</param>
internal sealed class PackReader(FetchRange fetch, int parallel, Action<string> lost, Func<PackSlice, CancellationToken, ValueTask<bool>> isCorrupt)
{
    // What comes over a network may be damaged on the way.
    private const int MostReads = 4;

    /// <summary>Reads blobs into memory.</summary>
    /// <returns>Those that are there.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>.</exception>
    public async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IEnumerable<PackSlice> slices, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<Digest, byte[]>();
        await ForEachAsync(slices, (slice, content) =>
        {
            if (content is not null)
            {
                found[slice.Blob] = content.Value.ToArray();
            }
        }, cancellationToken);
        return found;
    }

    /// <summary>Writes blobs to new files.</summary>
    /// <param name="targets">Each file, and where its blob lies.</param>
    /// <param name="progress">Is told, of any thread, that so many more files are done.</param>
    /// <param name="cancellationToken">Stops; files may have been written by then.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobMissing"/> or <see cref="ErrorId.BlobCorrupt"/>.</exception>
    public async ValueTask ReadFilesAsync(IReadOnlyList<(BlobTarget Target, PackSlice Slice)> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ILookup<Digest, BlobTarget> files = targets.ToLookup(target => target.Slice.Blob, target => target.Target);
        await ForEachAsync(targets.Select(target => target.Slice), (slice, content) =>
        {
            foreach (BlobTarget target in files[slice.Blob])
            {
                BlobFile.WriteNew(
                    target.Path,
                    (content ?? throw new BuildCacheException(ErrorId.BlobMissing, $"The blob {slice.Blob} is not in the store: the pack '{slice.Pack}' is lost. The entry that names it is stale.")).Span,
                    target.Mode);
                progress?.Report(1);
            }
        }, cancellationToken);
    }

    private async ValueTask ForEachAsync(IEnumerable<PackSlice> slices, Action<PackSlice, ReadOnlyMemory<byte>?> use, CancellationToken cancellationToken) =>
        await Parallel.ForEachAsync(
            PackRange.Of(slices),
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken },
            async (range, cancellationToken) =>
            {
                byte[] buffer = TransferBuffers.Pool.Rent(range.Length);
                try
                {
                    int length = await FetchAsync(range.Pack, range.Offset, buffer.AsMemory(0, range.Length), cancellationToken);
                    if (length < range.Length)
                    {
                        lost(range.Pack);
                    }

                    foreach (PackSlice slice in range.Slices)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        int start = (int)(slice.Offset - range.Offset);
                        int end = start + (int)slice.Blob.Size;
                        use(slice, end > length ? null
                            : Digest.Of(buffer.AsSpan(start..end)) == slice.Blob ? buffer.AsMemory(start..end)
                            : await ReadAgainAsync(slice, buffer.AsMemory(start..end), cancellationToken));
                    }
                }
                finally
                {
                    TransferBuffers.Pool.Return(buffer);
                }
            });

    // No store has a way to ask for no bytes.
    private ValueTask<int> FetchAsync(string pack, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        destination.IsEmpty ? new(0) : fetch(pack, offset, destination, cancellationToken);

    private async ValueTask<ReadOnlyMemory<byte>?> ReadAgainAsync(PackSlice slice, ReadOnlyMemory<byte> previous, CancellationToken cancellationToken)
    {
        for (int reads = 1; reads < MostReads; reads++)
        {
            byte[] content = new byte[slice.Blob.Size];
            if (await FetchAsync(slice.Pack, slice.Offset, content, cancellationToken) < content.Length)
            {
                lost(slice.Pack);
                return null;
            }

            if (Digest.Of(content) == slice.Blob)
            {
                return content;
            }

            if (previous.Span.SequenceEqual(content) && await isCorrupt(slice, cancellationToken))
            {
                lost(slice.Pack);
                throw new BuildCacheException(ErrorId.BlobCorrupt, $"What the pack '{slice.Pack}' has as the blob {slice.Blob} has another digest. The next save stores it anew.");
            }

            previous = content;
        }

        throw new BuildCacheException(ErrorId.StoreUnavailable,
            $"The pack '{slice.Pack}' arrives damaged again and again. Check the network between here and the store.");
    }
}
