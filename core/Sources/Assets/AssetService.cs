using System.Collections.Concurrent;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Stores;
using BuildCache.Stores.RemoteExecution;
using BuildCache.Trust;

namespace BuildCache.Sources.Assets;

/// <summary>A server of the Remote Asset API, asked what the branches of sources are at.</summary>
/// <remarks>
/// The qualifiers that are sent are the fewest that name the source, and never the ref: that comes back, from a service that tells
/// it. From one that does not it comes from the <see cref="RefRecord"/> that a client pushed. Which of the two a service is, the
/// first answers show; after that, one question a source is enough.
/// </remarks>
public sealed class AssetService : IDisposable
{
    // As many calls as the client's one connection has under way without waiting for streams.
    private const int CallsAtOnce = 64;

    private readonly RemoteConnection _connection;
    private readonly TimeProvider _clock;
    private volatile bool _tellsRefs;
    private volatile bool _tellsNoRefs;

    private AssetService(RemoteConnection connection, bool isReadOnly, TimeProvider clock) =>
        (_connection, IsReadOnly, _clock, Directories) = (connection, isReadOnly, clock, new AssetDirectories(connection, clock));

    /// <summary>Opens the service that a URI names.</summary>
    /// <param name="uri">A store URI that begins with <c>grpc:</c> or <c>grpcs:</c>; as of a store, <c>readonly=true</c> says that nothing is ever pushed.</param>
    /// <param name="clock">Tells ages.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>: it is none.</exception>
    public static AssetService Open(string uri, TimeProvider? clock = null) => Open(StoreUri.Parse(uri), clock ?? TimeProvider.System);

    private static AssetService Open(StoreUri parsed, TimeProvider clock)
    {
        bool isReadOnly = parsed.TakeSwitch("readonly");
        return parsed.Uri.Scheme is "grpc" or "grpcs" ? new AssetService(new RemoteConnection(RemoteStoreUri.Endpoint(parsed)), isReadOnly, clock)
            : throw new BuildCacheException(ErrorId.InvalidStoreUri, $"'{parsed.Uri}' is no asset service. Give the address of one, as in 'grpcs://assets.example.org:443'.");
    }

    /// <summary>Opens the service that a setting names. One that only a checkout names gets none of the user's credentials.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="notices">What the user should hear of.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>: it is none.</exception>
    public static AssetService Open(StoreSetting setting, out IReadOnlyList<StoreNotice> notices)
    {
        var stores = new CheckoutStores(setting);
        AssetService service = Open(setting.Source == SettingSource.Checkout ? stores.Parse(setting.Text) : StoreUri.Parse(setting.Text), TimeProvider.System);
        notices = stores.Notices;
        return service;
    }

    /// <summary>The service as messages name it.</summary>
    public string Name => _connection.Endpoint.Name;

    /// <summary>Whether its address says that nothing is ever pushed to it.</summary>
    public bool IsReadOnly { get; }

    /// <summary>The staged sources that it points to.</summary>
    internal AssetDirectories Directories { get; }

    /// <summary>Asks for the refs of many sources at once.</summary>
    /// <param name="questions">What is asked.</param>
    /// <param name="maximumAge">How old an answer may be; an answer that does not say is then too old.</param>
    /// <param name="patience">
    /// How long to wait for an answer. When one takes longer, the service counts as away for all that are still open. Without it, as
    /// long as its connection allows: each try of a call has half a minute.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>An answer for each, in the order of the questions. A service that fails gives answers that say so.</returns>
    public async ValueTask<IReadOnlyList<AssetAnswer>> AskAsync(
        IReadOnlyList<AssetQuestion> questions, TimeSpan? maximumAge, TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        using var wait = new AnswerWait(Name, patience, _clock, cancellationToken);
        RemoteStorage storage;
        try
        {
            storage = await wait.ForAsync(token => _connection.GetAsync(token).AsTask());
        }
        catch (BuildCacheException error)
        {
            return [.. questions.Select(_ => Failed(error))];
        }

        // The age counts from now, for all of them alike.
        DateTimeOffset? oldest = maximumAge is { } age ? _clock.GetUtcNow() - age : null;
        var found = new Found[questions.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, questions.Count, options, async (i, _) => found[i] = await LookAsync(storage, questions[i], oldest, wait));
        await ReadRecordsAsync(storage, found, wait, cancellationToken);
        return [.. questions.Select((question, i) => Judge(question, found[i], oldest))];
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async ValueTask<Found> LookAsync(RemoteStorage storage, AssetQuestion question, DateTimeOffset? oldest, AnswerWait wait)
    {
        try
        {
            return await wait.ForAsync(token => LookAsync(storage, question, oldest, token));
        }
        catch (BuildCacheException error)
        {
            return new Found(null, null, error);
        }
    }

    private async Task<Found> LookAsync(RemoteStorage storage, AssetQuestion question, DateTimeOffset? oldest, CancellationToken cancellationToken)
    {
        // What a service did not tell of one source it does not tell of the next.
        bool isRecordFirst = _tellsNoRefs;
        if (isRecordFirst && await RecordAsync(storage, question, cancellationToken) is { } first)
        {
            return new Found(null, first, null);
        }

        // A service that tells refs does not tell how old they are.
        bool isBoth = !isRecordFirst && !(_tellsRefs && oldest is null);
        Task<RemoteAsset?> pushed = isBoth ? RecordAsync(storage, question, cancellationToken) : Task.FromResult<RemoteAsset?>(null);
        RemoteAsset? directory;
        try
        {
            directory = await storage.Assets.FetchDirectoryAsync(question.Uris, question.Tracked, oldest, cancellationToken);
        }
        catch (BuildCacheException error)
        {
            return await pushed is { } record ? new Found(null, record, null) : new Found(null, null, error);
        }

        if (directory is null)
        {
            return new Found(null, await pushed, null);
        }

        bool tells = RefOf(question, directory) is not null;
        _tellsRefs |= tells;
        _tellsNoRefs |= !tells && !_tellsRefs;
        return new Found(directory, tells || isBoth || isRecordFirst ? await pushed : await RecordAsync(storage, question, cancellationToken), null);
    }

    private static async Task<RemoteAsset?> RecordAsync(RemoteStorage storage, AssetQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            RemoteAsset? found = await storage.Assets.FetchBlobAsync([.. question.Uris.Select(uri => RefRecord.UriOf(question, uri))], [], cancellationToken: cancellationToken);
            return found is { Digest.Size: > 0 and <= RefRecord.LongestRecord } ? found : null;
        }
        catch (BuildCacheException)
        {
            // It is a help where the service tells too little. Where that fails as well, the other question says why.
            return null;
        }
    }

    private static async ValueTask ReadRecordsAsync(RemoteStorage storage, Found[] found, AnswerWait wait, CancellationToken cancellationToken)
    {
        var records = new ConcurrentDictionary<Digest, RefRecord>();
        var failures = new ConcurrentDictionary<Digest, BuildCacheException>();
        Digest[] wanted = [.. found.Select(one => one.Record?.Digest).OfType<Digest>().Distinct()];
        if (!await TryAsync(wanted))
        {
            // One that is damaged ends the reading of all, and says nothing of the others.
            Digest[] rest = [.. wanted.Where(blob => !records.ContainsKey(blob))];
            var options = new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(rest, options, async (blob, _) => await TryAsync([blob]));
        }

        for (int i = 0; i < found.Length; i++)
        {
            if (found[i].Record is { } asset)
            {
                found[i] = found[i] with { Read = records.GetValueOrDefault(asset.Digest), Failure = failures.GetValueOrDefault(asset.Digest) };
            }
        }

        async ValueTask<bool> TryAsync(Digest[] blobs)
        {
            try
            {
                await wait.ForAsync(token => storage.Blobs.ReadSmallAsync(blobs, Received, token));
                return true;
            }
            catch (BuildCacheException error)
            {
                // Lost or damaged, a record says nothing; a service that is away may say something later.
                if (blobs is [var only] && error.IsStoreFailure)
                {
                    failures[only] = error;
                }

                return false;
            }
        }

        ValueTask Received(Digest blob, ReadOnlyMemory<byte> content, CancellationToken _)
        {
            if (RefRecord.TryDecode(content) is { } record)
            {
                records[blob] = record;
            }

            return ValueTask.CompletedTask;
        }
    }

    private AssetAnswer Judge(AssetQuestion question, Found found, DateTimeOffset? oldest)
    {
        string? told = found.Directory is { } directory ? RefOf(question, directory) : null;
        if (told is null && found.Failure is { } failure)
        {
            return Failed(failure);
        }

        if (found.Directory is null && found.Record is null)
        {
            return new AssetAnswer(AssetOutcome.NotFound, Message: $"{Name} does not know the source {question.Source}.");
        }

        // A record of another ref is of another push, and says nothing of the age of this one. Where the service tells no ref, the
        // record says it and its directory: of two clients that push at once, each leaves one that is right in itself.
        RefRecord? record = told is null || found.Read?.Ref == told ? found.Read : null;
        string? reference = told ?? Valid(question, record?.Ref);
        if (reference is null)
        {
            return new AssetAnswer(AssetOutcome.NoRef, Message: $"{Name} knows the source {question.Source} and does not tell its {question.Kind.RefQualifier}. Publish the source from a client that can reach it.");
        }

        if (oldest is not null && (record is null || record.Tracked < oldest))
        {
            return new AssetAnswer(AssetOutcome.TooOld, Message: record is null
                ? $"{Name} does not say how old its answer for the source {question.Source} is, and an age was asked for."
                : $"What {Name} says of the source {question.Source} is from {record.Tracked:u}, which is older than was asked for.");
        }

        string uri = found.Directory?.Uri is { Length: > 0 } matched && question.Uris.Contains(matched) ? matched
            : found.Record is { } named && question.Uris.FirstOrDefault(candidate => RefRecord.UriOf(question, candidate) == named.Uri) is { } origin ? origin
            : question.Uris[^1];
        return new AssetAnswer(AssetOutcome.Found, reference, uri, told is null ? record?.Directory : found.Directory?.Digest, record?.Tracked);
    }

    private static string? RefOf(AssetQuestion question, RemoteAsset asset) =>
        Valid(question, asset.Qualifiers.FirstOrDefault(qualifier => qualifier.Name == question.Kind.RefQualifier).Value);

    // What a service says may be anything.
    private static string? Valid(AssetQuestion question, string? reference)
    {
        try
        {
            if (reference is null)
            {
                return null;
            }

            question.Kind.Check(question.Source with { Ref = reference });
            return reference;
        }
        catch (BuildCacheException)
        {
            return null;
        }
    }

    private static AssetAnswer Failed(BuildCacheException error)
    {
        AssetOutcome outcome = error.Id == ErrorId.StoreAccessDenied ? AssetOutcome.Refused
            : error.Id == ErrorId.UnsupportedByStore ? AssetOutcome.Unsupported
            : AssetOutcome.Unavailable;
        return new AssetAnswer(outcome, Message: error.Message);
    }

    private readonly record struct Found(RemoteAsset? Directory, RemoteAsset? Record, BuildCacheException? Failure, RefRecord? Read = null);
}
