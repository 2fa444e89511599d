using System.Collections.Concurrent;
using BuildCache.Pruning;

namespace BuildCache.Stores.S3;

/// <summary>Whether objects are there. That one is there is remembered for some seconds, as a restore follows a lookup; that one is not, never.</summary>
internal sealed class ObjectLooks(S3Bucket bucket)
{
    // AWS copies no object larger than this in one request.
    private const long LargestCopy = 5L * 1024 * 1024 * 1024;
    private static readonly TimeSpan s_remembered = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (StoredObject Object, DateTime Seen)> _seen = new(StringComparer.Ordinal);

    /// <summary>Whether there is an object of at least some size.</summary>
    public async ValueTask<bool> IsThereAsync(string name, Func<long, bool> isSize, CancellationToken cancellationToken) =>
        await LookAsync(name, cancellationToken) is { } there && isSize(there.Size);

    /// <summary>Whether an object is there and stays until a save that begins now is done: one that a sweep might take is made young.</summary>
    public async ValueTask<bool> IsSafeAsync(string name, Func<long, bool> isSize, CancellationToken cancellationToken)
    {
        if (await LookAsync(name, cancellationToken) is not { } there || !isSize(there.Size))
        {
            return false;
        }

        if (DateTimeOffset.UtcNow - there.Modified < PrunePolicy.GracePeriod / 2)
        {
            return true;
        }

        // What cannot be made young in one request is stored anew.
        bool touched = there.Size <= LargestCopy && await bucket.TouchAsync(name, cancellationToken);
        if (touched)
        {
            _seen[name] = (there with { Modified = DateTimeOffset.UtcNow }, DateTime.UtcNow);
        }
        else
        {
            Forget(name);
        }

        return touched;
    }

    /// <summary>Forgets what was seen: what a save relies on is looked at by that save.</summary>
    public void ForgetAll() => _seen.Clear();

    public void Forget(string name) => _seen.TryRemove(name, out _);

    private async ValueTask<StoredObject?> LookAsync(string name, CancellationToken cancellationToken)
    {
        if (_seen.TryGetValue(name, out (StoredObject Object, DateTime Seen) seen) && DateTime.UtcNow - seen.Seen < s_remembered)
        {
            return seen.Object;
        }

        StoredObject? there = await bucket.LookAsync(name, cancellationToken);
        if (there is { } found)
        {
            _seen[name] = (found, DateTime.UtcNow);
        }
        else
        {
            Forget(name);
        }

        return there;
    }
}
