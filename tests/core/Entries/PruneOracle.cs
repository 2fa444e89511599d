using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Entries;

/// <summary>An entry to make.</summary>
/// <param name="Number">Makes its key.</param>
/// <param name="WrittenDaysAgo">When it was saved.</param>
/// <param name="UsedDaysAgo">When it was used last, or <see langword="null"/> for never.</param>
/// <param name="Blobs">The sizes of its blobs; those of one size are the same blob.</param>
/// <param name="IsLost">Whether its tree is not in the store.</param>
public sealed record EntryToPrune(int Number, int WrittenDaysAgo, int? UsedDaysAgo, int[] Blobs, bool IsLost)
{
    public CacheKey Key => Rig.Key("entry", $"{Number}");

    public int LastUsedDaysAgo => Math.Min(WrittenDaysAgo, UsedDaysAgo ?? int.MaxValue);

    public IEnumerable<int> Owned => IsLost ? [] : Blobs.Distinct();

    /// <summary>A random store, in which equal ages and shared blobs are frequent.</summary>
    public static Gen<(EntryToPrune[] Entries, PrunePolicy Policy)> Store { get; } =
        from entries in (
            from written in Gen.Choose(0, 8)
            from used in Gen.Choose(0, 8)
            from wasUsed in Gen.Elements(true, false)
            from blobs in Gen.Choose(1, 9).ArrayOf()
            from isLost in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
            select (written, used, wasUsed, blobs, isLost)).ArrayOf()
        from age in Days
        from keep in Days
        from maximum in Size
        from reserved in Size
        from target in Size
        select (
            entries.Take(12).Select((entry, i) => new EntryToPrune(i, entry.written, entry.wasUsed ? entry.used : null, [.. entry.blobs.Take(6)], entry.isLost)).ToArray(),
            new PrunePolicy(age, keep, maximum is null ? null : new SpaceBudget(maximum, reserved, null, target)));

    private static Gen<TimeSpan?> Days => Gen.Frequency((2, Gen.Constant<TimeSpan?>(null)), (1, Gen.Choose(0, 8).Select(days => (TimeSpan?)TimeSpan.FromDays(days + 0.5))));

    private static Gen<SizeLimit?> Size => Gen.Frequency((1, Gen.Constant<SizeLimit?>(null)), (2, Gen.Choose(0, 50).Select(bytes => (SizeLimit?)SizeLimit.OfBytes(bytes))));

    /// <summary>Puts it into a store as if days had passed.</summary>
    public async Task SaveAsync(Rig rig)
    {
        List<SavedPath> paths = [];
        foreach (int size in Blobs)
        {
            byte[] content = ContentOf(size);
            await rig.Store.Blobs.WriteAsync(Digest.Of(content), content);
            paths.Add(new SavedPath($"file{paths.Count}", false, Digest.Of(content), false, 1, size));
        }

        if (IsLost)
        {
            paths.Add(new SavedPath("tree", true, Digest.Of("lost"u8), false, 1, 1000, Digest.Of("lost tree"u8)));
        }

        var entry = new CacheEntry(Key, paths, DateTimeOffset.UtcNow, "test", default, null, null);
        await rig.Store.Entries.PutAsync(Key, new EntryRecord(EntryCodec.Encode(entry), EntryContent.None), replace: false);
        rig.SetSaved(Key, s_now.AddDays(-WrittenDaysAgo));
        if (UsedDaysAgo is { } used)
        {
            string mark = Path.Combine(Path.GetDirectoryName(rig.EntryPath(Key))!, "used");
            await File.WriteAllBytesAsync(mark, []);
            File.SetLastWriteTimeUtc(mark, s_now.AddDays(-used));
        }
    }

    /// <summary>The blob of a size.</summary>
    public static byte[] ContentOf(int size) => [.. Enumerable.Repeat((byte)size, size)];

    // The same for all, so that equal ages are equal.
    private static readonly DateTime s_now = DateTime.UtcNow;
}

/// <summary>Pruning as one would write it who has memory for everything: what the real one is compared with.</summary>
public static class PruneOracle
{
    /// <summary>Tells which entries go, in order.</summary>
    public static List<EntryToPrune> Prune(IEnumerable<EntryToPrune> entries, PrunePolicy policy)
    {
        List<EntryToPrune> left = [.. entries
            .OrderBy(entry => entry.IsLost ? 0 : 1)
            .ThenByDescending(entry => entry.LastUsedDaysAgo)
            .ThenByDescending(entry => entry.WrittenDaysAgo)
            .ThenByDescending(entry => entry.Owned.Sum())
            .ThenBy(entry => entry.Key.Digest)];
        long? keep = policy.Budget?.BytesToKeep(BytesOf(left), null);
        List<EntryToPrune> removed = [];
        foreach (EntryToPrune entry in left.ToList())
        {
            var unused = TimeSpan.FromDays(entry.LastUsedDaysAgo);
            bool isYoung = unused <= policy.KeepDuration;
            bool isOld = unused > policy.MaximumAge || (policy.KeepDuration is not null && policy.MaximumAge is null && policy.Budget is null);
            if (entry.IsLost || (!isYoung && (isOld || BytesOf(left) > keep)))
            {
                removed.Add(entry);
                left.Remove(entry);
            }
        }

        return removed;
    }

    /// <summary>The bytes of all blobs, each counted once.</summary>
    public static long BytesOf(IEnumerable<EntryToPrune> entries) => entries.SelectMany(entry => entry.Owned).Distinct().Sum(size => (long)size);
}
