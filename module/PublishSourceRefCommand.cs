using System.Management.Automation;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;

namespace BuildCache.PowerShell;

/// <summary>Tells an asset service of sources at their refs, with their content.</summary>
[Cmdlet(VerbsData.Publish, "SourceRef", DefaultParameterSetName = Declared, SupportsShouldProcess = true)]
[OutputType(typeof(PublishedSource))]
public sealed class PublishSourceRefCommand : SourceRefCommand
{
    private readonly Dictionary<SourceDeclaration, (DateTimeOffset? Tracked, string? Uri)> _said = new(ReferenceEqualityComparer.Instance);

    /// <summary>The commit or checksum, in place of the declared one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Ref { get; set; }

    /// <summary>When the ref was read at the origin; then the service is told too that the branch is at it. Resolve-SourceRef knows it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public DateTimeOffset? Tracked { get; set; }

    /// <summary>The place that said the ref, as Resolve-SourceRef shows it; the origin without it. Of no other place is the service told what the branch is at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Uri { get; set; }

    /// <inheritdoc/>
    private protected override SourceDeclaration Adjust(SourceDeclaration source)
    {
        // Anew each time: pipeline input has a time for each.
        SourceDeclaration adjusted = source with { Ref = Ref ?? source.Ref };
        _said[adjusted] = (Tracked, Uri);
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
            ForEach(approved, (source, cancellation) => Publish(publisher, source, cancellation))))
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

    private ValueTask<PublishedSource> Publish(SourcePublisher publisher, SourceDeclaration source, CancellationToken cancellation)
    {
        (DateTimeOffset? tracked, string? uri) = _said[source];
        string? address = tracked is null ? null : string.IsNullOrEmpty(uri) ? Sources.Places.Aliases.Expand(source.Url) : publisher.AddressOf(source, uri);
        return publisher.PublishAsync(source, tracked, address, cancellation);
    }
}
