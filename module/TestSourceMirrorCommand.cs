using System.Management.Automation;
using BuildCache.Sources.Mirroring;

namespace BuildCache.PowerShell;

/// <summary>Fetches the declared sources from a mirror alone, and says which could be had.</summary>
[Cmdlet(VerbsDiagnostic.Test, "SourceMirror")]
[OutputType(typeof(TestedSource))]
public sealed class TestSourceMirrorCommand : SourceMirrorCommand
{
    /// <inheritdoc/>
    protected override void Complete() =>
        WriteObject(Await(cancellation => Mirroring.TestAsync(Sources(), Address, cancellation)), enumerateCollection: true);
}
