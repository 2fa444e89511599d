using System.Management.Automation;
using BuildCache.Sources;
using BuildCache.Sources.Mirroring;

namespace BuildCache.PowerShell;

/// <summary>Brings a mirror of the declared sources to what their origins have.</summary>
[Cmdlet(VerbsData.Sync, "SourceMirror", SupportsShouldProcess = true)]
[OutputType(typeof(MirroredSource))]
public sealed class SyncSourceMirrorCommand : SourceMirrorCommand
{
    /// <inheritdoc/>
    protected override void Complete()
    {
        List<SourceDeclaration> sources = [.. Sources().Where(source => ShouldProcess(source.Name, $"Synchronise to {Place}"))];
        if (sources.Count == 0)
        {
            return;
        }

        foreach (MirroredSource report in Await(cancellation => Mirroring.SyncAsync(sources, Address, cancellation)))
        {
            WriteObject(report);
            Guard(() =>
            {
                About = report.Name;
                if (report.Error is { } error)
                {
                    throw error;
                }
            });
        }
    }
}
