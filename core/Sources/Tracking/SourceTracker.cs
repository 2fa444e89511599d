using BuildCache.Sources.Assets;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Tracking;

/// <summary>Finds out what sources are at, by the policy that the user chose.</summary>
/// <param name="places">The addresses of each source.</param>
/// <param name="assets">The asset service, or none.</param>
/// <param name="clock">Tells ages.</param>
public sealed class SourceTracker(SourcePlaces places, AssetService? assets = null, TimeProvider? clock = null)
{
    // Each takes two processes of some megabytes, which wait for a server most of their time. As many as most projects have sources:
    // then the slowest of them is what all take.
    private const int NativeAtOnce = 64;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Who is asked.</summary>
    public TrackPolicy Policy { get; init; }

    /// <summary>Which places are asked natively.</summary>
    public PlacePolicy TrackFrom { get; init; } = PlacePolicy.Origin;

    /// <summary>How old an answer of the asset service may be.</summary>
    public TimeSpan? MaximumAge { get; init; }

    /// <summary>Tracks sources, all at once: the asset service in one go, and the rest at their places side by side.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>A result for each, in their order. One that fails leaves the others alone.</returns>
    public async ValueTask<IReadOnlyList<TrackResult>> TrackAsync(IReadOnlyList<SourceDeclaration> sources, CancellationToken cancellationToken = default)
    {
        if (Policy != TrackPolicy.Native && assets is null)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The policy {Policy} needs an asset service, and none is named. Set 'assetService' in buildcache.json, or track natively.");
        }

        var results = new TrackResult?[sources.Count];
        List<(int Index, AssetQuestion Question)> open = [];
        for (int i = 0; i < sources.Count; i++)
        {
            SourceDeclaration source = sources[i];
            try
            {
                ISourceKind kind = SourceKinds.Of(source);
                if (source.Track is null && source.Ref is { } declared)
                {
                    results[i] = new TrackResult(source, new TrackedRef(source, declared, RefAuthority.Declaration, null, null, null, []), null);
                }
                else
                {
                    open.Add((i, new AssetQuestion(source, kind, places.All(source.Url))));
                }
            }
            catch (BuildCacheException error)
            {
                results[i] = new TrackResult(source, null, source.About(error));
            }
        }

        IReadOnlyList<AssetAnswer>? answers = Policy == TrackPolicy.Native || open.Count == 0 ? null
            : await assets!.AskAsync([.. open.Select(one => one.Question)], MaximumAge, Policy == TrackPolicy.AssetThenNative ? AnswerWait.Patience : null, cancellationToken);
        await Parallel.ForAsync(0, open.Count, new ParallelOptions { MaxDegreeOfParallelism = NativeAtOnce, CancellationToken = cancellationToken }, async (n, token) =>
        {
            (int index, AssetQuestion question) = open[n];
            try
            {
                results[index] = new TrackResult(question.Source, await ConcludeAsync(question, answers?[n], token), null);
            }
            catch (BuildCacheException error)
            {
                results[index] = new TrackResult(question.Source, null, question.Source.About(error));
            }
        });
        return [.. results.Select(result => result!)];
    }

    private async ValueTask<TrackedRef> ConcludeAsync(AssetQuestion question, AssetAnswer? answer, CancellationToken cancellationToken)
    {
        SourceDeclaration source = question.Source;
        if (answer is { Outcome: AssetOutcome.Found, Ref: { } reference })
        {
            // An age below zero is two clocks that differ.
            TimeSpan? age = answer.Recorded is { } recorded ? _clock.GetUtcNow() - recorded : null;
            return new TrackedRef(source, reference, RefAuthority.AssetService, answer.Uri, answer.Directory, age < TimeSpan.Zero ? TimeSpan.Zero : age, []);
        }

        if (Policy == TrackPolicy.AssetOnly)
        {
            throw new BuildCacheException(answer!.Outcome switch
            {
                AssetOutcome.Unavailable => ErrorId.StoreUnavailable,
                AssetOutcome.Refused => ErrorId.StoreAccessDenied,
                AssetOutcome.Unsupported => ErrorId.UnsupportedByStore,
                _ => ErrorId.RefNotFound,
            }, $"{answer.Message} Only the asset service may be asked; the policy AssetThenNative asks the source itself next.");
        }

        List<string> notices = answer is null or { Outcome: AssetOutcome.NotFound } ? [] : [answer.Message];
        BuildCacheException? first = null;
        foreach (SourcePlace place in places.ToTrack(source.Url, TrackFrom))
        {
            try
            {
                string native = await question.Kind.TrackAsync(source, place.Url, cancellationToken);
                return new TrackedRef(source, native, RefAuthority.Native, GitUrl.WithoutSecrets(place.Url), null, TimeSpan.Zero, notices) { Address = place.Url };
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.RefNotFound || error.Id == ErrorId.SourceAccessDenied || error.Id == ErrorId.SourceUnavailable)
            {
                first ??= error;
                notices.Add(error.Message);
            }
        }

        // Of several places the first is the one that counts: by default the origin.
        throw first!;
    }
}
