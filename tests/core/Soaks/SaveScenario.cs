using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>Saves new entries, and replaces one.</summary>
internal sealed class SaveScenario(string root) : SoakScenario(root)
{
    private const int Sources = 4;
    private static readonly CacheKey s_replaced = Rig.Key("replaced");

    protected override async Task BeginAsync(EntryCatalog catalog)
    {
        for (int variant = 0; variant < Sources; variant++)
        {
            SampleTree.Write(Path.Combine(Work, $"source{variant}"), variant);
        }

        await SaveAsync(catalog, s_replaced, Path.Combine(Work, "source0"), replace: true);
    }

    protected override async Task StepAsync(EntryCatalog catalog, int turn)
    {
        // Its blobs are those of no other entry, so that they are written.
        string file = Path.Combine(Work, "file");
        Insist(() => File.WriteAllText(file, new string((char)('a' + (turn % 26)), 2000 + (turn % 1000))));
        await catalog.SaveAsync(Rig.Key("new", $"{turn}"), [new PathToSave("tree", Path.Combine(Work, $"source{turn % Sources}")), new PathToSave("file", file)], Rig.Details);
        await SaveAsync(catalog, s_replaced, Path.Combine(Work, $"source{turn % Sources}"), replace: true);
    }

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        await ExpectEntryAsync(catalog, findings, s_replaced, [.. Enumerable.Range(0, Sources)]);
        foreach (int turn in Turns("begin"))
        {
            CacheKey key = Rig.Key("new", $"{turn}");
            if (Turns("done").Contains(turn) || (await catalog.FindAsync(key)).Entry is not null)
            {
                await ExpectEntryAsync(catalog, findings, key, turn % Sources);
            }

            // The next one saves the same.
            await SaveAsync(catalog, key, Path.Combine(Work, $"source{turn % Sources}"));
            await ExpectEntryAsync(catalog, findings, key, turn % Sources);
            await catalog.RemoveAsync(key);
        }
    }
}
