namespace BuildCache.Stores.Tiered;

/// <summary>One store of several: whether it takes writes, and whether it still answers.</summary>
/// <remarks>
/// A store tries each call again by itself, for so long as its protocol makes sense of that. What fails all the same counts here:
/// after three failures in a row, or ten in all, or fifteen seconds of waiting for nothing, or one that no repetition can mend, the
/// store is left alone for as long as this object lives, which is one build or one command. The first failure is told, once; later
/// ones repeat its text.
/// </remarks>
internal sealed class Tier(CacheStore store, bool isReadOnly, TimeProvider clock)
{
    private const int MostInARow = 3;
    private const int MostInAll = 10;

    // An answer that takes longer is used, and counts as a failure: many of them are what makes a build slow.
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(5);

    // A call that failed was tried again meanwhile; whoever has waited that long for nothing would go on to do so.
    private static readonly TimeSpan s_mostLost = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private BuildCacheException? _first;
    private bool _told;
    private int _inARow;
    private int _inAll;
    private TimeSpan _lost;
    private bool _refusesWrites;
    private volatile bool _isDropped;

    public CacheStore Store => store;

    /// <summary>Whether its URI says that it is never written to.</summary>
    public bool IsReadOnly => isReadOnly;

    /// <summary>Whether it is written to.</summary>
    public bool AcceptsWrites => !isReadOnly && store.AcceptsWrites && !_refusesWrites && !IsDropped;

    /// <summary>Whether it is left alone.</summary>
    public bool IsDropped => _isDropped;

    /// <summary>Whether it ever failed to answer, or refused.</summary>
    public bool HasFailed => _first is not null;

    /// <summary>The failure to report where no other tier can answer.</summary>
    public BuildCacheException Failure => _first ?? throw new InvalidOperationException("The tier has not failed.");

    /// <summary>Asks the store.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="isShort">Whether an answer that takes long is a sign of trouble, as it is not where content is moved.</param>
    /// <returns>Whether it answered, and the answer.</returns>
    public async ValueTask<(bool Answered, T? Answer)> TryAsync<T>(Func<CacheStore, ValueTask<T>> question, bool isShort = true)
    {
        if (IsDropped)
        {
            return default;
        }

        long start = clock.GetTimestamp();
        try
        {
            T answer = await question(store);
            TimeSpan took = clock.GetElapsedTime(start);
            if (isShort && took > s_slow)
            {
                Count(new BuildCacheException(ErrorId.StoreUnavailable, $"The store {store.Uri} took {took.TotalSeconds:0} s for an answer."), took);
            }
            else
            {
                Volatile.Write(ref _inARow, 0);
            }

            return (true, answer);
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            Count(error, isShort ? clock.GetElapsedTime(start) : TimeSpan.Zero);
            return default;
        }
    }

    /// <summary>Writes to the store.</summary>
    /// <returns>Whether it was written, and what the store said.</returns>
    public async ValueTask<(bool Answered, T? Answer)> TryWriteAsync<T>(Func<CacheStore, ValueTask<T>> write)
    {
        try
        {
            return AcceptsWrites ? (true, await write(store)) : default;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.StoreAccessDenied)
        {
            // It may still be read.
            lock (_gate)
            {
                _refusesWrites = true;
                _first ??= Worded(error, "It is not written to any more.");
            }

            return default;
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            Count(error, lost: TimeSpan.Zero);
            return default;
        }
    }

    /// <summary>The first failure, once.</summary>
    public StoreNotice? TakeNotice()
    {
        lock (_gate)
        {
            if (_first is null || _told)
            {
                return null;
            }

            _told = true;
            return new StoreNotice(_first.Id, _first.Message);
        }
    }

    private void Count(BuildCacheException error, TimeSpan lost)
    {
        lock (_gate)
        {
            _lost += lost;
            _inARow++;
            _inAll++;
            bool isFinal = error.Id != ErrorId.StoreUnavailable || _lost >= s_mostLost;
            // For good: an answer that was under way when the store was given up does not bring it back.
            _isDropped |= isFinal || _inARow >= MostInARow || _inAll >= MostInAll;
            _first ??= Worded(error, isFinal ? "It is left alone from now on." : "If that goes on it is left alone.");
        }
    }

    private static BuildCacheException Worded(BuildCacheException error, string consequence) => new(error.Id, $"{error.Message} {consequence}", error);
}
