using System.Diagnostics;
using BuildCache.Configuration;
using BuildCache.Locks;
using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>One run of pruning: all entries were looked at, and those that go are handed out a few at a time, in the order in which they go.</summary>
/// <remarks>What is handed out and not removed counts as if it had been: so a plan is a run that removes nothing. Not safe for several threads at once.</remarks>
public sealed class PruneRun : IDisposable
{
    // As many requests to a server as pay; and as few entries as a user can be asked about together.
    private const int AtOnce = 32;
    private const int Parallel = 16;

    // Whoever is asked may think; an entry may come into use meanwhile.
    private static readonly TimeSpan s_lookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly CacheStore _store;
    private readonly bool _isReadOnly;
    private readonly PrunePolicy _policy;
    private readonly DateTimeOffset _started;
    private readonly PruneScan _scan;
    private readonly DigestFilter _needed;
    private readonly SortedRecords _entries;
    private readonly SortedRecords _freed;
    private readonly long? _bytesToKeep;
    private Int128 _bytes;
    private List<PruneCandidate> _batch = [];
    private long _lookedAt;
    private bool _isAtEnd;
    private PruneResult _result = new();

    private PruneRun(StoreTier tier, PrunePolicy policy, DateTimeOffset started, PruneScan scan, long? bytesToKeep, CancellationToken cancellationToken)
    {
        (_store, _isReadOnly, _policy, _started, _scan, _bytesToKeep, _bytes) = (tier.Store, tier.IsReadOnly, policy, started, scan, bytesToKeep, scan.Bytes);
        _needed = new DigestFilter(scan.Blobs);
        _entries = scan.Entries(cancellationToken);
        _freed = scan.Freed(cancellationToken);
        _entries.MoveNext();
        _freed.MoveNext();
    }

    /// <summary>What has become of the entries so far; of all, once <see cref="NextAsync"/> has returned none.</summary>
    public PruneResult Result => _result with
    {
        KeptBytes = Clamp(_bytes),
        BytesToKeep = _bytesToKeep,
    };

    internal static async ValueTask<PruneRun> BeginAsync(StoreTier tier, PrunePolicy policy, DateTimeOffset started, CancellationToken cancellationToken)
    {
        // A limit that means nothing for this store is better told before everything is read.
        policy.Budget?.BytesToKeep(0, tier.Store.MeasureDisk());
        var scan = new PruneScan();
        try
        {
            await scan.FillAsync(tier.Store, cancellationToken);
            long? keep = policy.Budget is { } budget ? await BytesToKeepAsync(budget, tier.Store, started, scan, cancellationToken) : null;
            return new PruneRun(tier, policy, started, scan, keep, cancellationToken);
        }
        catch
        {
            scan.Dispose();
            throw;
        }
    }

    /// <summary>Goes on to the next entries that go. Those before, as far as they were not removed, count as if they had been.</summary>
    /// <returns>None at the end.</returns>
    /// <exception cref="BuildCacheException">The store did not answer.</exception>
    public async ValueTask<IReadOnlyList<PrunedEntry>> NextAsync(CancellationToken cancellationToken = default)
    {
        while (!_isAtEnd)
        {
            await SettleAsync(cancellationToken);
            TakeBatch();
            if (_batch.Count == 0)
            {
                KeepTheRest(cancellationToken);
                _isAtEnd = true;
                break;
            }

            await ForEachAsync(_batch, candidate => LookAsync(candidate, cancellationToken), cancellationToken);
            _lookedAt = Stopwatch.GetTimestamp();
            if (_batch.Exists(candidate => candidate.Fate == PruneFate.Going))
            {
                return [.. _batch.Where(candidate => candidate.Fate == PruneFate.Going).Select(candidate => candidate.Entry!)];
            }
        }

        return [];
    }

    /// <summary>Removes entries that were handed out last, unless they were used or replaced since all were looked at; the others of those that were handed out stay.</summary>
    /// <param name="approved">Those to remove.</param>
    /// <param name="cancellationToken">Stops; some may have been removed by then.</param>
    /// <returns>Those that were removed.</returns>
    /// <exception cref="BuildCacheException">The store refused.</exception>
    public async ValueTask<IReadOnlyList<PrunedEntry>> RemoveAsync(IReadOnlyCollection<PrunedEntry> approved, CancellationToken cancellationToken = default)
    {
        MayWrite();
        HashSet<PrunedEntry> chosen = new(approved, ReferenceEqualityComparer.Instance);
        bool isLate = Stopwatch.GetElapsedTime(_lookedAt) > s_lookAgainAfter;
        List<PruneCandidate> going = _batch.FindAll(candidate => candidate.Fate == PruneFate.Going);
        foreach (PruneCandidate candidate in going)
        {
            candidate.Fate = chosen.Contains(candidate.Entry!) ? PruneFate.Going : PruneFate.Declined;
        }

        await ForEachAsync(going, async candidate =>
        {
            if (isLate && candidate.Fate == PruneFate.Going)
            {
                await LookAsync(candidate, cancellationToken);
            }

            if (candidate.Fate == PruneFate.Going && !await _store.Entries.Everything.RemoveAsync(candidate.Indexed!, cancellationToken))
            {
                candidate.Fate = PruneFate.InUse;
            }
        }, cancellationToken);
        return [.. going.Where(candidate => candidate.Fate == PruneFate.Going).Select(candidate => candidate.Entry!)];
    }

    /// <summary>Removes the content that no entry needs any more. What was written within <see cref="PrunePolicy.GracePeriod"/> stays.</summary>
    /// <returns>All that the run has done.</returns>
    /// <exception cref="InvalidOperationException"><see cref="NextAsync"/> has not come to the end.</exception>
    /// <exception cref="BuildCacheException">The store refused.</exception>
    public async ValueTask<PruneResult> SweepAsync(CancellationToken cancellationToken = default)
    {
        MayWrite();
        if (!_isAtEnd)
        {
            throw new InvalidOperationException("What is needed is not known before the end.");
        }

        FileLock.SweepDead(UserDirectories.Flights);
        _result = _result with { Swept = await _store.SweepAsync(_needed.MayContain, _started - PrunePolicy.GracePeriod, cancellationToken) };
        return Result;
    }

    /// <summary>Removes the temporary files.</summary>
    public void Dispose() => _scan.Dispose();

    // What no entry needs goes anyway; it must not push an entry out.
    private static async ValueTask<long?> BytesToKeepAsync(SpaceBudget budget, CacheStore store, DateTimeOffset started, PruneScan scan, CancellationToken cancellationToken)
    {
        long used = Clamp(scan.Bytes);
        DiskSpace? disk = store.MeasureDisk();
        if (budget.MinimumFree is null || disk is not { } space || budget.BytesToKeep(used, disk) is null)
        {
            return budget.BytesToKeep(used, disk);
        }

        DigestFilter owned = scan.Owned(cancellationToken);
        StoreUsage orphans = await store.MeasureOrphansAsync(owned.MayContain, started - PrunePolicy.GracePeriod, cancellationToken);
        return budget.BytesToKeep(used, space with { Free = space.Free + orphans.Bytes });
    }

    private void TakeBatch()
    {
        _batch = [];
        while (_batch.Count < AtOnce && _entries.IsThere && ReasonToGo(_entries.Current) is { } reason)
        {
            var candidate = new PruneCandidate(_entries.Current.ToArray(), reason);
            while (IsFreedBy(_entries.Current))
            {
                candidate.Bytes += BlobKey.SizeOf(_freed.Current[PruneRank.Length..]);
                _freed.MoveNext();
            }

            // As if it went; what stays in spite of it is put back, and then more has to go.
            _bytes -= candidate.Bytes;
            _batch.Add(candidate);
            _entries.MoveNext();
        }
    }

    private string? ReasonToGo(ReadOnlySpan<byte> rank)
    {
        TimeSpan unused = _started - PruneRank.LastUsed(rank);
        return !PruneRank.IsWhole(rank) ? "its content is lost"
            : _policy.ExpiresAfter is { } age && unused > age ? $"not used for more than {age}"
            : unused <= _policy.KeepDuration ? null
            : _bytes > _bytesToKeep ? $"least recently used, and the store is to keep no more than {_bytesToKeep:N0} bytes"
            : null;
    }

    private async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        foreach (PruneCandidate candidate in _batch)
        {
            if (candidate.Stays)
            {
                await KeepContentAsync(candidate, cancellationToken);
                // What it shares with entries that go later is counted as free although it is not: the next run finds that out.
                _bytes += candidate.Bytes;
                _result = _result with { KeptEntries = _result.KeptEntries + 1, InUse = _result.InUse + (candidate.Fate == PruneFate.InUse ? 1 : 0) };
            }
            else
            {
                _result = _result with { RemovedEntries = _result.RemovedEntries + (candidate.Fate == PruneFate.Going ? 1 : 0), FreedBytes = Clamp(_result.FreedBytes + candidate.Bytes) };
            }
        }

        _batch = [];
    }

    private void KeepTheRest(CancellationToken cancellationToken)
    {
        (long kept, long keptByDuration) = (0, 0);
        for (; _entries.IsThere; _entries.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            kept++;
            keptByDuration += _started - PruneRank.LastUsed(_entries.Current) <= _policy.KeepDuration ? 1 : 0;
        }

        // Each of them goes with an entry that stays: those of the others were passed over before.
        for (; _freed.IsThere; _freed.MoveNext())
        {
            _needed.Add(_freed.Current[PruneRank.Length..]);
        }

        _result = _result with { KeptEntries = _result.KeptEntries + kept, KeptByDuration = keptByDuration };
    }

    private bool IsFreedBy(ReadOnlySpan<byte> entry) => _freed.IsThere && _freed.Current[..PruneRank.Length].SequenceEqual(entry[..PruneRank.Length]);

    private async ValueTask LookAsync(PruneCandidate candidate, CancellationToken cancellationToken)
    {
        candidate.Indexed = await _store.Entries.Everything.GetWithUseAsync(_scan.KeyOf(candidate.Record), cancellationToken);
        if (candidate.Indexed is not { } indexed)
        {
            candidate.Fate = PruneFate.Gone;
        }
        else if (!PruneScan.IsUnchanged(candidate.Record, indexed))
        {
            candidate.Fate = PruneFate.InUse;
        }
        else
        {
            candidate.Entry ??= new PrunedEntry(PruneScan.Decode(indexed), candidate.Reason);
        }
    }

    private async ValueTask KeepContentAsync(PruneCandidate candidate, CancellationToken cancellationToken)
    {
        // As it is now: it may have been replaced.
        if (await _store.Entries.Everything.GetAsync(candidate.Indexed!.Key, cancellationToken) is { } indexed
            && await PruneScan.CollectAsync(indexed, _store.Blobs, cancellationToken) is { } content)
        {
            foreach (Content.Digest blob in content.Blobs)
            {
                _needed.Add(blob);
            }
        }
    }

    private void MayWrite()
    {
        if (_isReadOnly)
        {
            throw new BuildCacheException(ErrorId.StoreAccessDenied, $"The store {_store.Uri} is only read. Take 'readonly' from its URI to prune it.");
        }
    }

    private static Task ForEachAsync(List<PruneCandidate> candidates, Func<PruneCandidate, ValueTask> action, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            candidates, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, (candidate, _) => action(candidate));

    private static long Clamp(Int128 bytes) => (long)Int128.Min(bytes, long.MaxValue);
}
