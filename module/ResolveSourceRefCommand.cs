using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using BuildCache.Sources.Tracking;

namespace BuildCache.PowerShell;

/// <summary>Tells which commit or checksum sources are at now.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "SourceRef", DefaultParameterSetName = Declared, SupportsShouldProcess = true)]
[OutputType(typeof(ResolvedSource))]
public sealed class ResolveSourceRefCommand : SourceRefCommand
{
    /// <summary>Who is asked: the source itself, an asset service and then the source, or an asset service alone.</summary>
    [Parameter]
    public TrackPolicy? Policy { get; set; }

    /// <summary>How old an answer of the asset service may be.</summary>
    [Parameter]
    public TimeSpan? MaxAge { get; set; }

    /// <summary>Tells the asset service of what the source itself answered, with its content.</summary>
    [Parameter]
    public SwitchParameter Push { get; set; }

    /// <summary>Writes refs that changed into buildcache.json.</summary>
    [Parameter(ParameterSetName = Declared)]
    public SwitchParameter Update { get; set; }

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        // A plain number is a number of ticks to PowerShell, and no answer is younger than that.
        if (MaxAge < TimeSpan.FromSeconds(1))
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The age {MaxAge} is less than a second. Give how old an answer may be, as in '1.00:00:00' for a day or '00:10:00' for ten minutes.");
        }
    }

    /// <inheritdoc/>
    protected override void Complete()
    {
        if (Selected.Count == 0)
        {
            return;
        }

        TrackPolicy policy = Policy ?? Sources.TrackBy;
        bool pushes = Push.IsPresent ? Push : Sources.Push && Sources.AssetService is not null;
        var tracker = new SourceTracker(Sources.Places, policy != TrackPolicy.Native || pushes ? Service : null)
        {
            Policy = policy,
            TrackFrom = Sources.TrackFrom,
            MaximumAge = MaxAge ?? Sources.MaximumAge,
        };
        // What changes while it is asked is younger than the answer, and never older.
        DateTimeOffset asked = DateTimeOffset.UtcNow;
        IReadOnlyList<TrackResult> results = Await(cancellation => tracker.TrackAsync(Selected, cancellation));
        Dictionary<TrackResult, PublishedSource> published = pushes ? Publish(results, asked) : [];
        var changed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (TrackResult result in results)
        {
            if (result.Tracked is not { } tracked)
            {
                Report(result.Failure!, result.Source.Name);
                continue;
            }

            Warn(tracked.Notices);
            PublishedSource? pushed = published.GetValueOrDefault(result);
            WriteObject(new ResolvedSource(
                result.Source.Name, tracked.Ref, tracked.Uri, pushed?.Digest ?? tracked.Digest, tracked.AnsweredBy, tracked.Age,
                asked - tracked.Age, tracked.HasChanged, pushed is not null, result.Source.Place));
            if (tracked.HasChanged)
            {
                changed[result.Source.Name] = tracked.Ref;
            }
        }

        string file = Path.Combine(Workspace.Root, Workspace.SettingsFileName);
        if (Update && changed.Count > 0 && ShouldProcess(file, $"Set the ref of {string.Join(", ", changed.Keys)}"))
        {
            RefFile.Update(file, changed);
        }
    }

    // The refs are known by now: what hinders their publication is told, and is no error.
    private Dictionary<TrackResult, PublishedSource> Publish(IReadOnlyList<TrackResult> results, DateTimeOffset asked)
    {
        string service = Service.Name;
        TrackResult[] native = [.. results.Where(result => result.Tracked is { AnsweredBy: RefAuthority.Native } tracked
            && ShouldProcess(service, $"Publish the source {result.Source.Name} at {tracked.Ref}"))];
        var publisher = new SourcePublisher(Sources.Places, Stager(), Service);
        Dictionary<SourceDeclaration, TrackedRef> tracked = new(ReferenceEqualityComparer.Instance);
        foreach (TrackResult result in native)
        {
            tracked[result.Source] = result.Tracked!;
        }

        IReadOnlyList<(PublishedSource? Result, BuildCacheException? Failure)> done = ForEach(
            [.. native.Select(result => result.Source)], (source, cancellation) => publisher.PublishAsync(tracked[source], asked, cancellation));
        var published = new Dictionary<TrackResult, PublishedSource>(ReferenceEqualityComparer.Instance);
        foreach ((TrackResult result, (PublishedSource? source, BuildCacheException? failure)) in native.Zip(done))
        {
            Warn(source?.Notices ?? [$"{failure!.Message} The ref is known all the same, and not published."]);
            if (source is not null)
            {
                published[result] = source;
            }
        }

        return published;
    }
}
