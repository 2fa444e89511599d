using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Soaks;

/// <summary>Imports one entry over another into a volume.</summary>
internal sealed class ImportScenario(string root) : SoakScenario(root)
{
    private CacheVolume Volume => Volumes.Get(new VolumeIdentity(Rig.Key("imported")));

    protected override async Task BeginAsync(EntryCatalog catalog)
    {
        for (int variant = 0; variant < 2; variant++)
        {
            CacheVolume source = Volumes.Get(new VolumeIdentity(KeyOf(variant)));
            SampleTree.Write(source.Path!, variant);
            await new VolumeTransfer(Volumes, catalog).ExportAsync(source, replace: true);
        }

        await ImportAsync(catalog, 0);
    }

    protected override Task StepAsync(EntryCatalog catalog, int turn) => ImportAsync(catalog, turn % 2);

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        findings.Expect(Volume.Path!, 0, 1);
        await ImportAsync(catalog, 1);
        findings.Expect(Volume.Path!, 1);
    }

    private async Task ImportAsync(EntryCatalog catalog, int variant)
    {
        VolumeImport import = await new VolumeTransfer(Volumes, catalog).ImportAsync(Volume, KeyOf(variant), force: true, timeout: TimeSpan.FromSeconds(10));
        if (import.Outcome != VolumeImportOutcome.Imported)
        {
            throw new InvalidOperationException($"The import says {import.Outcome}.");
        }
    }

    private static CacheKey KeyOf(int variant) => Rig.Key("variant", $"{variant}");
}
