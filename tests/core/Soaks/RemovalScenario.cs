using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Soaks;

/// <summary>Makes and removes an entry and a volume, beside others that stay.</summary>
internal sealed class RemovalScenario(string root) : SoakScenario(root)
{
    private static readonly CacheKey s_kept = Rig.Key("kept"), s_gone = Rig.Key("gone");

    protected override async Task BeginAsync(EntryCatalog catalog)
    {
        SampleTree.Write(PathOf("source"), 1);
        await SaveAsync(catalog, s_kept, PathOf("source"));
        SampleTree.Write(Volumes.Get(new VolumeIdentity(s_kept)).Path!, 1);
    }

    protected override async Task StepAsync(EntryCatalog catalog, int turn)
    {
        await SaveAsync(catalog, s_gone, PathOf("source"));
        await catalog.RemoveAsync(s_gone);
        CacheVolume volume = Volumes.Get(new VolumeIdentity(s_gone, source: PathOf("source")), PathOf("source"));
        Volumes.Remove(volume);
    }

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        await ExpectEntryAsync(catalog, findings, s_kept, 1);
        findings.Expect(Volumes.Get(new VolumeIdentity(s_kept)).Path!, 1);
        if ((await catalog.FindAsync(s_gone)).Entry is not null)
        {
            await ExpectEntryAsync(catalog, findings, s_gone, 1);
        }

        // Whole, whether it is what was there or made again.
        CacheVolume volume = Volumes.Get(new VolumeIdentity(s_gone, source: PathOf("source")), PathOf("source"));
        findings.Expect(volume.Path!, 1);
        await catalog.RemoveAsync(s_gone);
        Volumes.Remove(volume);
    }
}
