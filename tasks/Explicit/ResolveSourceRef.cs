using System.Globalization;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using BuildCache.Sources.Tracking;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace BuildCache.MSBuild;

/// <summary>Finds out what sources are at, as the cmdlet <c>Resolve-SourceRef</c> does.</summary>
public sealed class ResolveSourceRef : SourceTask
{
    /// <summary>Who is asked: Native, AssetThenNative or AssetOnly. By default what the settings say.</summary>
    public string? Policy { get; set; }

    /// <summary>How old an answer of the asset service may be, as in <c>1.00:00:00</c>. By default what the settings say.</summary>
    public string? MaxAge { get; set; }

    /// <summary>Whether the asset service is told of what the source itself answered. By default what the settings say.</summary>
    public string? Push { get; set; }

    /// <summary>The sources, with metadata <c>Ref</c>, <c>Uri</c>, <c>AnsweredBy</c> and <c>Changed</c>.</summary>
    [Output]
    public ITaskItem[] Resolved { get; private set; } = [];

    private protected override void Run(IReadOnlyList<(ITaskItem Item, SourceDeclaration Source)> sources)
    {
        TrackPolicy policy = string.IsNullOrEmpty(Policy) ? Settings.TrackBy
            : Enum.TryParse(Policy, ignoreCase: true, out TrackPolicy given) && Enum.IsDefined(given) ? given
            : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{Policy}' is no policy. Use one of {string.Join(", ", Enum.GetNames<TrackPolicy>())}.");
        TimeSpan? age = string.IsNullOrEmpty(MaxAge) ? Settings.MaximumAge
            : TimeSpan.TryParse(MaxAge, CultureInfo.InvariantCulture, out TimeSpan parsed) && parsed > TimeSpan.Zero ? parsed
            : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{MaxAge}' is no age. Write days.hours:minutes:seconds, as in '1.00:00:00' for a day.");
        bool pushes = string.IsNullOrEmpty(Push) ? Settings.Push && Settings.AssetService is not null
            : bool.TryParse(Push, out bool push) ? push
            : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{Push}' is neither true nor false.");
        var tracker = new SourceTracker(Settings.Places, policy != TrackPolicy.Native || pushes ? Service : null)
        {
            Policy = policy,
            TrackFrom = Settings.TrackFrom,
            MaximumAge = age,
        };
        DateTimeOffset asked = DateTimeOffset.UtcNow;
        IReadOnlyList<TrackResult> results = tracker.TrackAsync([.. sources.Select(one => one.Source)], Stop).AsTask().GetAwaiter().GetResult();
        List<ITaskItem> resolved = [];
        List<TrackedRef> native = [];
        foreach ((TrackResult result, (ITaskItem item, SourceDeclaration source)) in results.Zip(sources))
        {
            if (result.Tracked is not { } tracked)
            {
                Fail(result.Failure!, source.Name, source.Place);
                continue;
            }

            Warn(tracked.Notices);
            var output = new TaskItem(item);
            output.SetMetadata("Ref", tracked.Ref);
            output.SetMetadata("Uri", tracked.Uri ?? "");
            output.SetMetadata("AnsweredBy", tracked.AnsweredBy.ToString());
            output.SetMetadata("Changed", tracked.HasChanged ? "true" : "false");
            resolved.Add(output);
            if (tracked.AnsweredBy == RefAuthority.Native)
            {
                native.Add(tracked);
            }
        }

        Resolved = [.. resolved];
        if (pushes && native.Count > 0)
        {
            Publish(native, asked);
        }
    }

    // The refs are known by now, and the build can go on: what hinders their publication is a warning.
    private void Publish(IReadOnlyList<TrackedRef> tracked, DateTimeOffset asked)
    {
        var publisher = new SourcePublisher(Settings.Places, Stager(), Service);
        foreach ((PublishedSource? published, BuildCacheException? failure) in
            SourceBatch.RunAsync([.. tracked.Select(one => one.Source)], (source, cancellation) => publisher.PublishAsync(tracked.First(one => ReferenceEquals(one.Source, source)), asked, cancellation), Stop).AsTask().GetAwaiter().GetResult())
        {
            if (failure is not null)
            {
                Warn(failure.Id.Code, failure.Message);
            }

            Warn(published?.Notices ?? []);
        }
    }
}
