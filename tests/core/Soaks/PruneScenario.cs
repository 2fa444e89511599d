using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>Prunes entries that share blobs with others that stay.</summary>
internal sealed class PruneScenario(string root) : SoakScenario(root)
{
    private const int Kept = 3;

    protected override async Task BeginAsync(EntryCatalog catalog)
    {
        for (int variant = 0; variant < Kept; variant++)
        {
            SampleTree.Write(PathOf($"source{variant}"), variant);
            await SaveAsync(catalog, KeyOf(variant), PathOf($"source{variant}"), replace: true);
        }
    }

    protected override async Task StepAsync(EntryCatalog catalog, int turn)
    {
        for (int i = 0; i < Kept; i++)
        {
            CacheKey old = Rig.Key("old", $"{turn}", $"{i}");
            string own = Path.Combine(Work, "own");
            Insist(() => File.WriteAllText(own, new string((char)('a' + (turn % 26)), 3000 + (turn % 1000) + i)));
            await catalog.SaveAsync(old, [new PathToSave("tree", PathOf($"source{i}")), new PathToSave("own", own)], Rig.Details);
            Insist(() => File.SetLastWriteTimeUtc(PathOf($"store/entries/{KeyPath.Of(old)}/entry"), DateTime.UtcNow.AddDays(-3)));
        }

        // Without a grace period, as far as it goes: what the entries that stay need is what has to be known.
        await new EntryPruner(catalog.Store, new FakeClock(TimeSpan.FromHours(2))).PruneAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(1)));
    }

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        for (int variant = 0; variant < Kept; variant++)
        {
            await ExpectEntryAsync(catalog, findings, KeyOf(variant), variant);
        }

        await foreach (CacheEntry entry in catalog.ListAsync(Rig.Key("old")))
        {
            using var folder = new TempFolder();
            if ((await catalog.FindAndRestoreAsync(entry.Key, null, folder.Root)).Entry is not null)
            {
                findings.Expect(folder.PathOf("tree"), [.. Enumerable.Range(0, Kept)]);
            }

            await catalog.RemoveAsync(entry.Key);
        }
    }

    private static CacheKey KeyOf(int variant) => Rig.Key("kept", $"{variant}");
}
