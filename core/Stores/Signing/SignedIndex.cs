using System.Runtime.CompilerServices;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Stores.Signing;

/// <summary>Signs what is put into an index, and takes for absent what the policy does not accept.</summary>
/// <param name="inner">The index, which keeps a record with its signature as it keeps any.</param>
/// <param name="policy">Whose entries count.</param>
/// <param name="notices">Takes what the user should hear of.</param>
/// <param name="hidesOthers">Whether what does not count is absent.</param>
internal sealed class SignedIndex(IEntryIndex inner, SignaturePolicy policy, SigningNotices notices, bool hidesOthers = true) : IEntryIndex
{
    public bool HasRestoreKeys => inner.HasRestoreKeys;

    public IEntryIndex Everything => hidesOthers ? new SignedIndex(inner.Everything, policy, notices, hidesOthers: false) : this;

    public async ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken)
    {
        try
        {
            return Admit(await inner.GetAsync(key, cancellationToken));
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat && hidesOthers && policy.Requires(key.Scope))
        {
            // Anybody can write that something is of a later version. What cannot be verified does not count, and does not stop the work either.
            return null;
        }
    }

    public async ValueTask<IndexedEntry?> GetWithUseAsync(CacheKey key, CancellationToken cancellationToken) =>
        Admit(await inner.GetWithUseAsync(key, cancellationToken));

    public async ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken)
    {
        // A copy out of another tier is what it was there: to sign it would be to vouch for what others made.
        bool isCopy = record.Written is not null;
        EntryRecord signed = isCopy ? record : record with { Bytes = policy.Sign(key, record.Bytes) };
        if (!isCopy)
        {
            notices.NoteSave(key.Scope);
        }

        return await inner.PutAsync(key, signed, replace, cancellationToken)
            || (!isCopy && await GivesWayAsync(key, cancellationToken) && await inner.PutAsync(key, signed, replace: true, cancellationToken));
    }

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (IndexedEntry entry in inner.ListAsync(restoreKey, cancellationToken))
        {
            if (Admit(entry) is { } admitted)
            {
                yield return admitted;
            }
        }
    }

    public async IAsyncEnumerable<IndexedEntry> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (IndexedEntry entry in inner.ListAllAsync(cancellationToken))
        {
            // Pruning does not ask who signed.
            if ((hidesOthers ? Admit(entry) : entry) is { } admitted)
            {
                yield return admitted;
            }
        }
    }

    // What nobody vouches for whom this policy trusts must not keep out what it vouches for: readers elsewhere may require that. Who
    // signs nothing replaces nothing: what does not count here may count there.
    public bool Yields(IndexedEntry existing) => policy.SigningKey is not null
        && Verified(existing).Signature?.State != SignatureState.Trusted && !policy.IsOwn(existing.Key, existing.Record);

    public ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken) => inner.RemoveAsync(entry, cancellationToken);

    public ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken) => inner.MarkUsedAsync(entry, cancellationToken);

    public ValueTask MarkRestoredAsync(IndexedEntry entry, EntryContent content, CancellationToken cancellationToken) => inner.MarkRestoredAsync(entry, content, cancellationToken);

    private async ValueTask<bool> GivesWayAsync(CacheKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await inner.GetAsync(key, cancellationToken) is { } existing && Yields(existing);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat)
        {
            return policy.SigningKey is not null && policy.Requires(key.Scope);
        }
    }

    private IndexedEntry? Admit(IndexedEntry? entry) =>
        entry is not null && Verified(entry) is var verified && (!hidesOthers || policy.Accepts(entry.Key.Scope, verified.Signature)) ? verified : null;

    private IndexedEntry Verified(IndexedEntry entry) => entry with { Signature = policy.Verify(entry.Key, entry.Record) };
}
