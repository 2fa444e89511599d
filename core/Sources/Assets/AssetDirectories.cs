using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.RemoteApis;
using BuildCache.Stores;
using BuildCache.Stores.RemoteExecution;

namespace BuildCache.Sources.Assets;

/// <summary>The staged sources that an asset service points to, in its content-addressed storage.</summary>
internal sealed class AssetDirectories(RemoteConnection connection, TimeProvider clock)
{
    // No source has more files. What a service names may unfold without end.
    private const long MostFiles = 2_000_000;

    private readonly RemoteBlobStore _blobs = new(connection);

    /// <summary>Stages a source at its ref.</summary>
    /// <param name="question">The source, with its ref.</param>
    /// <param name="destination">Full path of a directory that is not there yet.</param>
    /// <param name="cancellationToken">Stops; nothing is there then.</param>
    /// <returns>The digest of what was staged, or <see langword="null"/> when the service does not know the source.</returns>
    /// <exception cref="BuildCacheException">The service failed, or lost or damaged some of it (<see cref="ErrorId.BlobMissing"/>, <see cref="ErrorId.BlobCorrupt"/>).</exception>
    public async ValueTask<Digest?> FetchAsync(AssetQuestion question, string destination, CancellationToken cancellationToken)
    {
        if (await FindAsync(question, oldest: null, cancellationToken) is not { } found)
        {
            return null;
        }

        try
        {
            await RestoreAsync(question, found, destination, cancellationToken);
            return found;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing)
        {
            // As the API has it: a service that lost content and can fetch it again does so when it is asked for something newer.
            Digest? again = await FindAsync(question, clock.GetUtcNow(), cancellationToken);
            if (again is null || again == found)
            {
                throw;
            }

            await RestoreAsync(question, again.Value, destination, cancellationToken);
            return again;
        }
    }

    /// <summary>Gets the file of a source that is one file, or is made of one.</summary>
    /// <param name="question">The source, with its ref.</param>
    /// <param name="file">Full path of a file that is not there yet.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether the service has the file whose checksum is the ref; what it has otherwise is not fetched.</returns>
    public async ValueTask<bool> FetchFileAsync(AssetQuestion question, string file, CancellationToken cancellationToken)
    {
        RemoteAsset? found = await AskAsync((assets, token) => assets.FetchBlobAsync(question.Uris, question.AtRef, cancellationToken: token), cancellationToken);
        if (found is null || Archives.Checksum.Of(found.Digest) != question.Kind.CanonicalRef(question.Source))
        {
            return false;
        }

        await _blobs.ReadFilesAsync([new BlobTarget(found.Digest, file)], null, cancellationToken);
        return true;
    }

    /// <summary>Gets what shows that a staged source is the content of its ref.</summary>
    /// <returns><see langword="null"/> when the service has none.</returns>
    public async ValueTask<byte[]?> FetchProofAsync(AssetQuestion question, CancellationToken cancellationToken)
    {
        RemoteAsset? found = await AskAsync((assets, token) => assets.FetchBlobAsync([question.ProofUri], [], cancellationToken: token), cancellationToken);
        return found is { Digest.Size: > 0 and <= Git.CommitProof.Largest } ? (await _blobs.ReadAsync([found.Digest], cancellationToken)).GetValueOrDefault(found.Digest) : null;
    }

    /// <summary>Tells the service of a staged source: under what it tracks and under its ref, with a record of when it was tracked.</summary>
    /// <param name="question">The source, with its ref.</param>
    /// <param name="directory">Full path of what was staged.</param>
    /// <param name="content">What lets others verify it: the proof of a directory, or the file that it was made from, which is then what is pushed.</param>
    /// <param name="tracked">When the ref was read at the origin; without it, the source is pushed under its ref alone.</param>
    /// <param name="cancellationToken">Stops; nothing points to what was stored then.</param>
    /// <returns>The digest of the directory or file.</returns>
    public async ValueTask<Digest> PushAsync(AssetQuestion question, string directory, FetchedSource content, DateTimeOffset? tracked, CancellationToken cancellationToken)
    {
        await using IBlobUpload upload = _blobs.BeginUpload();
        RemoteStorage storage;
        if (question.Kind.IsFile)
        {
            Digest file = (await upload.AddFilesAsync([new Stores.BlobSource(content.File!)], cancellationToken))[0];
            byte[]? note = await AddRecordAsync(upload, question, file, tracked, cancellationToken);
            await upload.CompleteAsync(cancellationToken);
            storage = await connection.GetAsync(cancellationToken);
            await storage.Assets.PushBlobAsync(new AssetPush(question.Uris, question.AtRef, file), cancellationToken);
            await PushRecordAsync(storage, question, note, cancellationToken);
            return file;
        }

        TreeScan scan = TreeScan.Of(directory, cancellationToken);
        IReadOnlyList<Digest> digests = await upload.AddFilesAsync([.. scan.FullPaths(directory).Select(file => new Stores.BlobSource(file))], cancellationToken);
        var messages = new Dictionary<Digest, byte[]>();
        Digest root = TreeCodec.Encode(scan.ToTree(directory, digests), messages);
        foreach ((Digest digest, byte[] message) in messages)
        {
            await upload.AddAsync(digest, message, cancellationToken);
        }

        byte[]? record = await AddRecordAsync(upload, question, root, tracked, cancellationToken);
        if (content.Proof is { } added)
        {
            await upload.AddAsync(Digest.Of(added.Span), added, cancellationToken);
        }

        await upload.CompleteAsync(cancellationToken);

        // What it points to first: who finds the branch finds the commit too, and who finds that, what verifies it.
        storage = await connection.GetAsync(cancellationToken);
        if (content.Proof is { } proof)
        {
            await storage.Assets.PushBlobAsync(new AssetPush([question.ProofUri], [], Digest.Of(proof.Span)), cancellationToken);
        }

        await storage.Assets.PushDirectoryAsync(new AssetPush(question.Uris, question.AtRef, root), cancellationToken);
        await PushRecordAsync(storage, question, record, cancellationToken);
        if (record is not null)
        {
            await storage.Assets.PushDirectoryAsync(new AssetPush(question.Uris, question.Tracked, root), cancellationToken);
        }

        return root;
    }

    private static async ValueTask<byte[]?> AddRecordAsync(IBlobUpload upload, AssetQuestion question, Digest content, DateTimeOffset? tracked, CancellationToken cancellationToken)
    {
        byte[]? record = tracked is { } time ? new RefRecord(question.Kind.CanonicalRef(question.Source), content, time).Encode() : null;
        if (record is not null)
        {
            await upload.AddAsync(Digest.Of(record), record, cancellationToken);
        }

        return record;
    }

    private static async ValueTask PushRecordAsync(RemoteStorage storage, AssetQuestion question, byte[]? record, CancellationToken cancellationToken)
    {
        if (record is not null)
        {
            await storage.Assets.PushBlobAsync(new AssetPush([.. question.Uris.Select(uri => RefRecord.UriOf(question, uri))], [], Digest.Of(record)), cancellationToken);
        }
    }

    private async ValueTask<Digest?> FindAsync(AssetQuestion question, DateTimeOffset? oldest, CancellationToken cancellationToken) =>
        (await AskAsync((assets, token) => assets.FetchDirectoryAsync(question.Uris, question.AtRef, oldest, token), cancellationToken))?.Digest;

    private async ValueTask<RemoteAsset?> AskAsync(Func<RemoteAssets, CancellationToken, Task<RemoteAsset?>> ask, CancellationToken cancellationToken)
    {
        // The source's own places come next.
        using var wait = new AnswerWait(connection.Endpoint.Name, AnswerWait.Patience, clock, cancellationToken);
        return await wait.ForAsync(async token => await ask((await connection.GetAsync(token)).Assets, token));
    }

    private async ValueTask RestoreAsync(AssetQuestion question, Digest directory, string destination, CancellationToken cancellationToken)
    {
        var root = new SavedPath(Path.GetFileName(destination), IsDirectory: true, directory, IsExecutable: false, MostFiles, 0);
        var entry = new CacheEntry(SourceKey.Of(question.Source, question.Kind), [root], default, "", default, null, null);
        try
        {
            await TreeRestorer.RestoreAsync(_blobs, entry, _ => destination, new RestoreOptions(), null, cancellationToken);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            // To what is below it is an entry of a store, and its advice is for one.
            string what = error.Id == ErrorId.BlobMissing ? "lost" : "damaged";
            throw new BuildCacheException(error.Id, $"{connection.Endpoint.Name} knows the source {question.Source} at {question.Source.Ref} and has {what} some of it. Publish it there again.", error) { Blob = error.Blob };
        }
    }
}
