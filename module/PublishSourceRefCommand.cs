using System.Management.Automation;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;

namespace BuildCache.PowerShell;

/// <summary>Tells an asset service of sources at their refs, with their content.</summary>
[Cmdlet(VerbsData.Publish, "SourceRef", DefaultParameterSetName = Declared, SupportsShouldProcess = true)]
[OutputType(typeof(PublishedSource))]
public sealed class PublishSourceRefCommand : SourceRefCommand
{
    private readonly Dictionary<SourceDeclaration, DateTimeOffset?> _tracked = new(ReferenceEqualityComparer.Instance);

    /// <summary>The commit or checksum, in place of the declared one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Ref { get; set; }

    /// <summary>When the ref was read at the origin; then the service is told too that the branch is at it. Resolve-SourceRef knows it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public DateTimeOffset? Tracked { get; set; }

    /// <inheritdoc/>
    private protected override SourceDeclaration Adjust(SourceDeclaration source)
    {
        // Anew each time: pipeline input has a time for each.
        SourceDeclaration adjusted = source with { Ref = Ref ?? source.Ref };
        _tracked[adjusted] = Tracked;
        return adjusted;
    }

    /// <inheritdoc/>
    protected override void Complete()
    {
        if (Selected.Count == 0)
        {
            return;
        }

        string service = Service.Name;
        List<SourceDeclaration> approved = [.. Selected.Where(source => ShouldProcess(service, $"Publish the source {source.Name} at {source.Ref}"))];
        var publisher = new SourcePublisher(Sources.Places, Stager(), Service);
        foreach ((SourceDeclaration source, (PublishedSource? published, BuildCacheException? failure)) in approved.Zip(
            ForEach(approved, (source, cancellation) => publisher.PublishAsync(source, _tracked[source], cancellation))))
        {
            if (failure is not null)
            {
                Report(failure, source.Name);
                continue;
            }

            Warn(published!.Notices);
            WriteObject(published);
        }
    }
}
