using System.Globalization;
using BuildCache.Keys;

namespace BuildCache.Entries;

/// <summary>Why a lookup found nothing: the inputs of a piece of work, compared with those of the newest entry of the same work.</summary>
/// <param name="Unknown">Why there is nothing to compare with; <see langword="null"/> when there is.</param>
/// <param name="IsFirst">Whether there is no earlier entry of the work.</param>
/// <param name="Earlier">The earlier entry.</param>
/// <param name="Differences">How its inputs differ.</param>
public sealed record MissExplanation(string? Unknown, bool IsFirst, CacheEntry? Earlier, IReadOnlyList<FingerprintDifference> Differences)
{
    private const int Shown = 5;

    /// <summary>Explains a miss. A failure of the store here is part of the answer and not an error.</summary>
    /// <param name="catalog">The entries.</param>
    /// <param name="work">The key of the work: what the keys of all its entries begin with.</param>
    /// <param name="mostFurtherParts">How many parts a key has at most after those; more is other work.</param>
    /// <param name="fingerprint">The inputs now.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async ValueTask<MissExplanation> OfAsync(
        EntryCatalog catalog, CacheKey work, int mostFurtherParts, Fingerprint fingerprint, CancellationToken cancellationToken = default)
    {
        if (!catalog.Store.Entries.HasRestoreKeys)
        {
            return Nothing("the cache does not have it, and cannot be asked for similar ones");
        }

        try
        {
            await foreach (CacheEntry earlier in catalog.ListAsync(work, cancellationToken))
            {
                // A restore key also finds names that begin with this one.
                if (earlier.Key.Parts[work.Parts.Length - 1] == work.Parts[^1] && earlier.Key.Parts.Length <= work.Parts.Length + mostFurtherParts)
                {
                    return await TryReadAsync(catalog, earlier, cancellationToken) is { } before
                        ? new MissExplanation(null, false, earlier, fingerprint.DifferencesFrom(before))
                        : Nothing("the cache has lost what it knew of it");
                }
            }

            return Nothing("the cache has nothing of it yet") with { IsFirst = true };
        }
        catch (BuildCacheException error)
        {
            return Nothing($"the cache could not tell why: {error.Message}");
        }
    }

    /// <summary>The differences for people.</summary>
    /// <param name="differences">Those to tell of.</param>
    /// <param name="fingerprint">The inputs now.</param>
    public string Describe(IReadOnlyList<FingerprintDifference> differences, Fingerprint fingerprint) =>
        string.Create(CultureInfo.InvariantCulture, $"{differences.Count} of {fingerprint.Inputs.Length} inputs differ from the entry of {Earlier?.Created:u}: ")
            + string.Join(", ", differences.Take(Shown)) + (differences.Count > Shown ? ", …" : "");

    private static MissExplanation Nothing(string why) => new(why, false, null, []);

    private static async ValueTask<Fingerprint?> TryReadAsync(EntryCatalog catalog, CacheEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            return await catalog.ReadFingerprintAsync(entry, cancellationToken);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            return null;
        }
    }
}
