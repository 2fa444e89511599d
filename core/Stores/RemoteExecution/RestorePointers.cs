using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.RemoteApis;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>At each parent of a key, a pointer to the newest entries below it: what an action cache, which finds exact keys only, lacks.</summary>
/// <remarks>
/// A pointer is an asset whose URI holds the id of the parent, and whose blob lists times and ids of keys. Who adds one reads,
/// prepends and writes; of two that do so at the same time one may be missing from the list, and is found by its key alone.
/// </remarks>
internal sealed class RestorePointers(RemoteConnection connection)
{
    // As many stale ones does a lookup pass over.
    private const int MostKeys = 10;
    private const string Magic = "buildcache-pointer 1";

    private readonly ConcurrentQueue<StoreNotice> _notices = new();
    private volatile bool _isUnsupported;
    private int _isTold;

    /// <summary>Whether the server takes pointers, until it has shown that it does not.</summary>
    public bool AreSupported => !_isUnsupported;

    /// <summary>The keys below a parent, the newest first.</summary>
    public async ValueTask<IReadOnlyList<CacheKey>> FindAsync(CacheKey parent, CancellationToken cancellationToken)
    {
        IReadOnlyList<Pointer> pointers = await ReadAsync([parent], cancellationToken);
        if (_isUnsupported && Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            _notices.Enqueue(new StoreNotice(ErrorId.UnsupportedByStore,
                $"{connection.Endpoint.Name} takes no Remote Asset pushes, so restore keys find nothing there; keys are found exactly. Use a server with the Remote Asset API, or a store that lists."));
        }

        return [.. pointers[0].Keys.Where(key => parent.IsRestoreKeyOf(key.Key)).Select(key => key.Key)];
    }

    /// <summary>Adds a key to the pointers of all its parents.</summary>
    public async ValueTask AddAsync(CacheKey key, DateTimeOffset written, CancellationToken cancellationToken)
    {
        CacheKey[] parents = [.. Enumerable.Range(1, key.Parts.Length - 1).Select(count => CacheKey.Create(key.Scope, key.Parts.Take(count)))];
        IReadOnlyList<Pointer> pointers = await ReadAsync(parents, cancellationToken);
        if (_isUnsupported || parents.Length == 0)
        {
            return;
        }

        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        var blobs = new Dictionary<Digest, byte[]>();
        List<(CacheKey Parent, Digest Blob)> updated = [];
        foreach ((CacheKey parent, Pointer pointer) in parents.Zip(pointers))
        {
            byte[] bytes = pointer.With(key, written).Encode();
            var blob = Digest.Of(bytes);
            blobs[blob] = bytes;
            updated.Add((parent, blob));
        }

        await storage.Blobs.WriteSmallAsync(blobs.Keys, (blob, _) => new(blobs[blob]), cancellationToken);
        try
        {
            await Task.WhenAll(updated.Select(pointer =>
                storage.Assets.PushBlobAsync(new AssetPush([UriOf(pointer.Parent)], [], pointer.Blob), cancellationToken)));
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedByStore || error.Id == ErrorId.StoreAccessDenied)
        {
            _isUnsupported = true;
        }
    }

    public IReadOnlyList<StoreNotice> TakeNotices()
    {
        List<StoreNotice> notices = [];
        while (_notices.TryDequeue(out StoreNotice? notice))
        {
            notices.Add(notice);
        }

        return notices;
    }

    private static string UriOf(CacheKey parent) => $"urn:buildcache:restore:{parent.Id}";

    private async ValueTask<IReadOnlyList<Pointer>> ReadAsync(CacheKey[] parents, CancellationToken cancellationToken)
    {
        if (_isUnsupported || parents.Length == 0)
        {
            return [.. parents.Select(_ => Pointer.Empty)];
        }

        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        RemoteAsset?[] assets;
        try
        {
            assets = await Task.WhenAll(parents.Select(parent => storage.Assets.FetchBlobAsync([UriOf(parent)], [], cancellationToken: cancellationToken)));
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedByStore || error.Id == ErrorId.StoreAccessDenied)
        {
            _isUnsupported = true;
            return [.. parents.Select(_ => Pointer.Empty)];
        }

        var blobs = new ConcurrentDictionary<Digest, Pointer>();
        await storage.Blobs.ReadSmallAsync(
            assets.Select(asset => asset?.Digest).OfType<Digest>().Where(blob => blob.Size <= Ceilings.RestorePointer && storage.Blobs.IsSmall(blob)),
            (blob, content, _) =>
            {
                blobs[blob] = Pointer.Decode(content.Span);
                return ValueTask.CompletedTask;
            }, cancellationToken);
        return [.. assets.Select(asset => asset is null ? Pointer.Empty : blobs.GetValueOrDefault(asset.Digest, Pointer.Empty))];
    }

    /// <summary>What stands at a parent.</summary>
    internal sealed record Pointer(IReadOnlyList<(DateTimeOffset Written, CacheKey Key)> Keys)
    {
        public static readonly Pointer Empty = new([]);

        public Pointer With(CacheKey key, DateTimeOffset written) =>
            new([.. Keys.Where(known => !known.Key.Equals(key)).Append((written, key)).OrderByDescending(known => known.Item1).Take(MostKeys)]);

        public byte[] Encode() => Encoding.ASCII.GetBytes(string.Concat(
            Keys.Select(key => string.Create(CultureInfo.InvariantCulture, $"{key.Written.UtcTicks} {key.Key.Id}\n")).Prepend(Magic + "\n")));

        // A pointer is a hint: one that cannot be read points to nothing, and the next save writes it anew.
        public static Pointer Decode(ReadOnlySpan<byte> bytes)
        {
            string[] lines = Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            List<(DateTimeOffset, CacheKey)> keys = [];
            foreach (string line in lines is [Magic, ..] ? lines[1..] : [])
            {
                try
                {
                    if (line.Split(' ') is [var ticks, var id])
                    {
                        keys.Add((new DateTimeOffset(long.Parse(ticks, NumberStyles.None, CultureInfo.InvariantCulture), TimeSpan.Zero), CacheId.Parse(id)));
                    }
                }
                catch (Exception error) when (error is FormatException or OverflowException or ArgumentOutOfRangeException or BuildCacheException)
                {
                    continue;
                }
            }

            return new Pointer([.. keys.OrderByDescending(key => key.Item1).Take(MostKeys)]);
        }
    }
}
