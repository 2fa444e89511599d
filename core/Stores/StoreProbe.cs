using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Stores;

/// <summary>Tries a store end to end with content of its own, and says what works.</summary>
/// <remarks>It leaves blobs behind that no entry names, as a save that was interrupted does; pruning removes them.</remarks>
/// <param name="store">The store.</param>
/// <param name="isReadOnly">Whether it must not be written to: then only reading is tried.</param>
/// <param name="scratch">A directory for files that are read back.</param>
public sealed class StoreProbe(CacheStore store, bool isReadOnly, string scratch)
{
    // More than travels packed anywhere.
    private const int LargeSize = 3 * 1024 * 1024;

    // Signatures are refused beyond five minutes by some servers; long before that, ages and the order of entries suffer.
    private static readonly TimeSpan s_mostSkew = TimeSpan.FromMinutes(1);

    private readonly byte[] _small = RandomNumberGenerator.GetBytes(64);
    private readonly byte[] _large = RandomNumberGenerator.GetBytes(LargeSize);
    private readonly CacheKey _key = CacheKey.Create(
        CacheScope.Create([(ScopeKind.Session, "probe")]), ["probe", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))]);

    /// <summary>Runs the steps in their order. Those that make no sense after one that failed are left out.</summary>
    public async IAsyncEnumerable<ProbeResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ProbeResult reach = await StepAsync("reach", async () =>
        {
            await store.Blobs.FindMissingAsync([Digest.Of(_small)], cancellationToken);
            return await store.Entries.Everything.GetAsync(_key, cancellationToken) is null ? "It answers." : Wrong("it has an entry under a key that nobody ever used");
        });
        yield return reach;
        if (!reach.Passed)
        {
            yield break;
        }

        yield return await StepAsync("clock", async () => await store.MeasureClockSkewAsync(cancellationToken) switch
        {
            null => "It does not tell its time.",
            { } skew when skew.Duration() > s_mostSkew => throw new BuildCacheException(ErrorId.StoreClockSkew,
                $"The clock of the store is {skew.Duration().TotalSeconds:N0} s {(skew > TimeSpan.Zero ? "ahead of" : "behind")} this machine's. Set the one that is wrong; signatures, ages and the order of entries depend on it."),
            { } skew => $"It is {skew.Duration().TotalSeconds:0.0} s {(skew >= TimeSpan.Zero ? "ahead" : "behind")}.",
        });
        if (isReadOnly)
        {
            yield return await StepAsync("list", () => ListAsync(isExpected: false, cancellationToken));
            yield break;
        }

        ProbeResult write = await StepAsync("write", () => WriteAsync(cancellationToken));
        yield return write;
        if (!write.Passed)
        {
            yield break;
        }

        yield return await StepAsync("read", () => ReadAsync(cancellationToken));
        ProbeResult put = await StepAsync("put entry", async () => await PutAsync(cancellationToken));
        yield return put;
        if (!put.Passed)
        {
            yield break;
        }

        yield return await StepAsync("list", () => ListAsync(isExpected: true, cancellationToken));
        yield return await StepAsync("delete", async () =>
        {
            IndexedEntry entry = await store.Entries.Everything.GetAsync(_key, cancellationToken) ?? throw Error("the entry that was just put is not there");
            return await store.Entries.Everything.RemoveAsync(entry, cancellationToken) ? "An entry was removed."
                : await store.Entries.Everything.GetAsync(_key, cancellationToken) is null ? "This store removes nothing by itself; what was removed is passed over."
                : Wrong("the entry is still there");
        });
    }

    private static async ValueTask<ProbeResult> StepAsync(string step, Func<ValueTask<string>> action)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            string message = await action();
            return new ProbeResult(step, true, Stopwatch.GetElapsedTime(start), message, null);
        }
        catch (BuildCacheException error)
        {
            return new ProbeResult(step, false, Stopwatch.GetElapsedTime(start), error.Message, error.Id);
        }
    }

    private async ValueTask<string> WriteAsync(CancellationToken cancellationToken)
    {
        await using IBlobUpload upload = store.Blobs.BeginUpload();
        await upload.AddAsync(Digest.Of(_small), _small, cancellationToken);
        Directory.CreateDirectory(scratch);
        string file = Path.Combine(scratch, "large");
        await System.IO.File.WriteAllBytesAsync(file, _large, cancellationToken);
        await upload.AddFilesAsync([new BlobSource(file)], cancellationToken);
        await upload.CompleteAsync(cancellationToken);
        return $"{_small.Length} bytes and {LargeSize / 1024 / 1024} MiB were written.";
    }

    private async ValueTask<string> ReadAsync(CancellationToken cancellationToken)
    {
        if (await store.Blobs.FindMissingAsync([Digest.Of(_small), Digest.Of(_large)], cancellationToken) is { Count: > 0 } missing)
        {
            return Wrong($"{missing.Count} of 2 blobs that were just written are not there");
        }

        byte[]? small = await store.Blobs.ReadAsync(Digest.Of(_small), cancellationToken);
        string copy = Path.Combine(scratch, "copy");
        await store.Blobs.ReadFilesAsync([new BlobTarget(Digest.Of(_large), copy)], null, cancellationToken);
        return small.AsSpan().SequenceEqual(_small) ? "Both came back as they were." : Wrong("the small blob did not come back");
    }

    private async ValueTask<string> PutAsync(CancellationToken cancellationToken)
    {
        byte[] record = "{}"u8.ToArray();
        var content = new EntryContent([new ContentFile("large", Digest.Of(_large), false)], [], [Digest.Of(_small), Digest.Of(_large)]);
        await store.Entries.Everything.PutAsync(_key, new EntryRecord(record, content), replace: false, cancellationToken);
        return await store.Entries.Everything.GetAsync(_key, cancellationToken) is { } entry && SignatureBlock.Read(entry.Record, out ReadOnlyMemory<byte> payload) is var _ && payload.Span.SequenceEqual(record)
            ? "An entry was put and found."
            : Wrong("the entry that was just put is not there");
    }

    private async ValueTask<string> ListAsync(bool isExpected, CancellationToken cancellationToken)
    {
        CacheKey parent = CacheKey.Create(_key.Scope, [_key.Parts[0]]);
        await foreach (IndexedEntry entry in store.Entries.Everything.ListAsync(parent, cancellationToken))
        {
            if (entry.Key.Equals(_key))
            {
                return "Restore keys find it.";
            }
        }

        // A store without restore keys says so in a notice.
        return store.TakeNotices() is [var notice, ..] ? notice.Message
            : isExpected ? Wrong("a restore key does not find the entry that was just put")
            : "Restore keys are answered.";
    }

    private string Wrong(string what) => throw Error(what);

    private BuildCacheException Error(string what) =>
        new(ErrorId.StoreUnsuitable, $"The store {store.Uri} does not keep its word: {what}. Check whether something between here and there caches or filters, and that nobody prunes it now.");
}

/// <summary>What one step of a probe found.</summary>
/// <param name="Step">What was tried: reach, clock, write, read, put entry, list or delete.</param>
/// <param name="Passed">Whether it worked.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Message">What was found, in words.</param>
/// <param name="Error">What kind of failure it is, or nothing.</param>
public sealed record ProbeResult(string Step, bool Passed, TimeSpan Duration, string Message, ErrorId? Error);
