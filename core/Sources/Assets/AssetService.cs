using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Stores;
using BuildCache.Stores.RemoteExecution;

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
    public static AssetService Open(string uri, TimeProvider? clock = null)
    {
        StoreUri parsed = StoreUri.Parse(uri);
        bool isReadOnly = parsed.TakeSwitch("readonly");
        return parsed.Uri.Scheme is "grpc" or "grpcs" ? new AssetService(new RemoteConnection(RemoteStoreUri.Endpoint(parsed)), isReadOnly, clock ?? TimeProvider.System)
            : throw new BuildCacheException(ErrorId.InvalidStoreUri, $"'{parsed.Uri}' is no asset service. Give the address of one, as in 'grpcs://assets.example.org:443'.");
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
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>An answer for each, in the order of the questions. A service that fails gives answers that say so.</returns>
    public async ValueTask<IReadOnlyList<AssetAnswer>> AskAsync(
        IReadOnlyList<AssetQuestion> questions, TimeSpan? maximumAge, CancellationToken cancellationToken = default)
    {
        RemoteStorage storage;
        try
        {
            storage = await _connection.GetAsync(cancellationToken);
        }
        catch (BuildCacheException error)
        {
            return [.. questions.Select(_ => Failed(error))];
        }

        // The age counts from now, for all of them alike.
        DateTimeOffset? oldest = maximumAge is { } age ? _clock.GetUtcNow() - age : null;
        var found = new Found[questions.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, questions.Count, options, async (i, token) => found[i] = await LookAsync(storage, questions[i], oldest, token));
        IReadOnlyDictionary<Digest, RefRecord> records = await ReadAsync(storage, found, cancellationToken);
        return [.. questions.Select((question, i) => Judge(question, found[i], records, oldest))];
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async ValueTask<Found> LookAsync(RemoteStorage storage, AssetQuestion question, DateTimeOffset? oldest, CancellationToken cancellationToken)
    {
        // What a service did not tell of one source it does not tell of the next.
        if (_tellsNoRefs)
        {
            RemoteAsset? record = await RecordAsync(storage, question, cancellationToken);
            if (record is not null)
            {
                return new Found(null, record, null);
            }
        }

        try
        {
            // A service that tells refs does not tell how old they are.
            Task<RemoteAsset?> pushed = _tellsNoRefs || (_tellsRefs && oldest is null) ? Task.FromResult<RemoteAsset?>(null) : RecordAsync(storage, question, cancellationToken);
            RemoteAsset? directory = await storage.Assets.FetchDirectoryAsync(question.Uris, Wire(question.Kind.QualifiersOf(question.Source)), oldest, cancellationToken);
            if (directory is not null)
            {
                bool tells = RefOf(question, directory) is not null;
                _tellsRefs |= tells;
                _tellsNoRefs |= !tells && !_tellsRefs;
            }

            return new Found(directory, await pushed, null);
        }
        catch (BuildCacheException error)
        {
            return new Found(null, null, error);
        }
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

    private static async ValueTask<IReadOnlyDictionary<Digest, RefRecord>> ReadAsync(RemoteStorage storage, Found[] found, CancellationToken cancellationToken)
    {
        var records = new ConcurrentDictionary<Digest, RefRecord>();
        Digest[] wanted = [.. found.Select(one => one.Record?.Digest).OfType<Digest>().Distinct()];
        try
        {
            await storage.Blobs.ReadSmallAsync(wanted, (blob, content, _) =>
            {
                if (RefRecord.TryDecode(content) is { } record)
                {
                    records[blob] = record;
                }

                return ValueTask.CompletedTask;
            }, cancellationToken);
        }
        catch (BuildCacheException)
        {
            // Lost or damaged, a record says nothing.
        }

        return records;
    }

    private AssetAnswer Judge(AssetQuestion question, Found found, IReadOnlyDictionary<Digest, RefRecord> records, DateTimeOffset? oldest)
    {
        if (found.Failure is { } failure)
        {
            return Failed(failure);
        }

        RefRecord? record = found.Record is { } blob && records.TryGetValue(blob.Digest, out RefRecord? read) ? read : null;
        // A record of another directory is of another push.
        if (found.Directory is { } other && record is not null && record.Directory != other.Digest)
        {
            record = null;
        }

        if (found.Directory is null && record is null)
        {
            return new AssetAnswer(AssetOutcome.NotFound, Message: $"{Name} does not know the source {question.Source}.");
        }

        string? reference = (found.Directory is { } directory ? RefOf(question, directory) : null) ?? Valid(question, record?.Ref);
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
        return new AssetAnswer(AssetOutcome.Found, reference, uri, found.Directory?.Digest ?? record?.Directory, record?.Tracked);
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

    private static IReadOnlyList<AssetQualifier> Wire(IReadOnlyList<(string Name, string Value)> qualifiers) =>
        [.. qualifiers.Select(qualifier => new AssetQualifier(qualifier.Name, qualifier.Value))];

    private readonly record struct Found(RemoteAsset? Directory, RemoteAsset? Record, BuildCacheException? Failure);
}
