using BuildCache.Content;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.GitHubActions;

/// <summary>GitHub's cache service, version 2, as a store. What is kept there under which names is described in <c>docs/store-layout-gha.md</c>.</summary>
/// <remarks>
/// It is found by the variables of the job that uses it, when it is used first. The service keeps archives that never change,
/// gives the newest whose key starts with a text, lists and deletes nothing for a job, and evicts by itself what was used least recently.
/// </remarks>
public sealed class GitHubActionsStore : CacheStore
{
    private readonly ServiceHttp _http;
    private readonly SemaphoreSlim _transfers = new(Bounds.Transfers);
    private readonly CacheServiceClient _service;
    private readonly TimeProvider _clock;

    /// <summary>Makes the store of the job that this process runs in. Nothing is asked before it is used.</summary>
    public GitHubActionsStore() : this(Environment.GetEnvironmentVariable, TimeProvider.System, Attempts.FirstPause)
    {
    }

    /// <param name="environment">Gives the variables of the job.</param>
    /// <param name="clock">Tells the time and measures pauses.</param>
    /// <param name="firstPause">The pause after the first try that failed.</param>
    internal GitHubActionsStore(Func<string, string?> environment, TimeProvider clock, TimeSpan firstPause)
    {
        _http = new ServiceHttp(clock);
        var attempts = new Attempts(firstPause, clock);
        var job = new Lazy<JobVariables>(() => JobVariables.Read(environment), LazyThreadSafetyMode.PublicationOnly);
        _clock = clock;
        _service = new CacheServiceClient(() => job.Value, _http, attempts);
        var archives = new Archives(
            _service,
            new ArchiveReader(_http, attempts, _transfers),
            new ArchiveWriter(_http, attempts, _transfers),
            clock);
        var locations = new BlobLocations();
        var entries = new EntryArchives(archives, clock);
        var missed = new MissedKeys(entries, locations);
        Blobs = new GitHubActionsBlobStore(archives, locations, missed);
        Entries = new GitHubActionsEntryIndex(entries, locations, missed, clock);
    }

    /// <summary>Opens the store that <c>gha:</c> names.</summary>
    internal static GitHubActionsStore Open(StoreUri uri)
    {
        uri.RefuseRest();
        return uri.Uri.AbsoluteUri == "gha:"
            ? new GitHubActionsStore()
            : throw uri.Invalid("it is 'gha:' and nothing more; the service is found by the variables of the job");
    }

    /// <inheritdoc/>
    public override Uri Uri { get; } = new("gha:");

    /// <inheritdoc/>
    public override IBlobStore Blobs { get; }

    /// <inheritdoc/>
    public override IEntryIndex Entries { get; }

    /// <inheritdoc/>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedByStore"/>, always.</exception>
    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        throw new BuildCacheException(ErrorId.UnsupportedByStore,
            "A job may not delete from GitHub's cache. GitHub evicts by itself what was used least recently; to delete at once, use 'gh cache delete'.");

    /// <inheritdoc/>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedByStore"/>, always.</exception>
    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) =>
        throw new BuildCacheException(ErrorId.UnsupportedByStore,
            "GitHub's cache service does not tell a job what it holds. Use the 'Caches' page of the repository, or 'gh cache list'.");

    /// <inheritdoc/>
    public override ValueTask<TimeSpan?> MeasureClockSkewAsync(CancellationToken cancellationToken = default) => _service.MeasureClockSkewAsync(_clock, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        _transfers.Dispose();
        return base.DisposeAsync();
    }
}
