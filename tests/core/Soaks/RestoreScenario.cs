using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>Restores one entry over another.</summary>
internal sealed class RestoreScenario(string root) : SoakScenario(root)
{
    protected override async Task BeginAsync(EntryCatalog catalog)
    {
        string source = PathOf("source");
        for (int variant = 0; variant < 2; variant++)
        {
            SampleTree.Write(Path.Combine(source, "tree"), variant);
            await SaveAsync(catalog, KeyOf(variant), Path.Combine(source, "tree"));
        }

        await catalog.SaveAsync(Rig.Key("beside"), [new PathToSave("beside", Path.Combine(source, "tree"))], Rig.Details);
        await catalog.FindAndRestoreAsync(KeyOf(0), null, Work);
        await catalog.FindAndRestoreAsync(Rig.Key("beside"), null, Work);
    }

    protected override async Task StepAsync(EntryCatalog catalog, int turn) => await catalog.FindAndRestoreAsync(KeyOf(turn % 2), null, Work);

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        // The next use is a restore to another place in the same directory: it does not put right by itself what is wrong here.
        await catalog.FindAndRestoreAsync(Rig.Key("beside"), null, Work);
        findings.Expect(Path.Combine(Work, "beside"), 1);
        findings.Expect(Path.Combine(Work, "tree"), 0, 1);
        await catalog.FindAndRestoreAsync(KeyOf(0), null, Work);
        findings.Expect(Path.Combine(Work, "tree"), 0);
        await ExpectEntryAsync(catalog, findings, KeyOf(1), 1);
    }

    private static CacheKey KeyOf(int variant) => Rig.Key("tree", $"{variant}");
}
