using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Sources.Archives;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Fetching;

/// <summary>The content of one source in the source cache, in a form that every reader verifies by the ref.</summary>
/// <remarks>
/// Anybody who may write to the store may write an entry under the key of any source. So nothing of it is taken at its word: of a
/// file or an archive the entry has the file itself, whose digest is the ref; of a git source its tree, and the commit objects beside it.
/// </remarks>
/// <param name="cache">The source cache, in any store, or none.</param>
/// <param name="source">The source, with its ref.</param>
/// <param name="kind">Its kind.</param>
/// <param name="origin">Its address at the origin, without alias.</param>
/// <param name="notices">Takes what the caller should hear of.</param>
internal sealed class CachedContent(EntryCatalog? cache, SourceDeclaration source, ISourceKind kind, string origin, List<string> notices)
{
    private const string SavedName = "source";

    // Equal sources are equal trees, whenever and wherever they were fetched.
    private static readonly EntryDetails s_details = new("BuildCache sources") { Keeps = KeptProperties.None };

    private readonly CacheKey _key = SourceKey.Of(source, kind);
    private CacheEntry? _entry;
    private bool _isFalse;
    private ReadOnlyMemory<byte>? _proof;

    /// <summary>The digest of the directory that was restored or saved, where it is known.</summary>
    public Digest? Tree { get; private set; }

    /// <summary>Looks for an entry.</summary>
    public async ValueTask FindAsync(CancellationToken cancellationToken)
    {
        if (cache is null)
        {
            return;
        }

        try
        {
            CacheEntry? entry = (await cache.FindAsync(_key, cancellationToken: cancellationToken)).Entry;
            _isFalse = entry is not null && !CanHold(entry);
            _entry = _isFalse ? null : entry;
            if (_entry is { Output: { Size: <= CommitProof.Largest } } && !kind.IsFile)
            {
                _proof = await cache.ReadOutputAsync(_entry, cancellationToken);
            }
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            notices.Add(error.Message);
        }
    }

    /// <summary>Whether a directory that is there holds the source already.</summary>
    /// <param name="directory">Full path of the directory.</param>
    /// <param name="content">Gives the digest of what it holds.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask<bool> IsInAsync(string directory, Func<Digest?> content, CancellationToken cancellationToken)
    {
        if (_entry is null)
        {
            return false;
        }

        if (!kind.IsFile)
        {
            return content() == _entry.Paths[0].Digest && _proof is { } proof && kind.Verify(source, directory, proof, cancellationToken);
        }

        // What a file unpacks to is known when it is unpacked.
        using var scratch = new Staging();
        string staged = scratch.Add(directory);
        using var download = new DownloadedFile(staged);
        return await RestoreAsync(staged, cancellationToken) is not null && StagedDirectory.DigestOf(staged, null, cancellationToken) is { } digest && content() == digest;
    }

    /// <summary>Restores and verifies the source.</summary>
    /// <param name="staged">Full path of a directory that is not there yet.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What others need of it; <see langword="null"/> when it was not restored, and nothing is there.</returns>
    public async ValueTask<FetchedSource?> RestoreAsync(string staged, CancellationToken cancellationToken)
    {
        if (_entry is null)
        {
            return null;
        }

        try
        {
            if (kind.IsFile)
            {
                string file = staged + FileSource.DownloadSuffix;
                await cache!.RestoreAsync(_entry, _ => file, cancellationToken: cancellationToken);
                Directory.CreateDirectory(staged);
                return new FetchedSource([], null, await kind.UnpackAsync(source, origin, file, staged, cancellationToken));
            }

            await cache!.RestoreAsync(_entry, _ => staged, cancellationToken: cancellationToken);
            if (_proof is { } proof && kind.Verify(source, staged, proof, cancellationToken))
            {
                Tree = _entry.Paths[0].Digest;
                return new FetchedSource([], proof);
            }

            _isFalse = true;
            notices.Add($"The cache has something under the key of the source {source} that is not what its ref {source.Ref} says. It is not used; another place is asked.");
        }
        catch (BuildCacheException error) when (error.IsStoreFailure || error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt || error.Id == ErrorId.UnsupportedFile)
        {
            notices.Add(error.Message);
        }

        DirectoryRemoval.Remove(staged);
        return null;
    }

    /// <summary>Saves what was fetched and verified. A false entry gives way.</summary>
    /// <param name="staged">Full path of the directory.</param>
    /// <param name="fetched">What came with it.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether the cache has it now.</returns>
    public async ValueTask<bool> SaveAsync(string staged, FetchedSource fetched, CancellationToken cancellationToken)
    {
        if (cache is null || !cache.Store.AcceptsWrites)
        {
            return false;
        }

        try
        {
            SaveResult saved = await cache.SaveAsync(_key, [new PathToSave(SavedName, kind.IsFile ? fetched.File! : staged)], s_details with { Output = kind.IsFile ? null : fetched.Proof }, replace: _isFalse, cancellationToken: cancellationToken);
            Tree = kind.IsFile || !saved.Saved ? null : saved.Entry.Paths[0].Digest;
            return true;
        }
        catch (BuildCacheException error)
        {
            notices.Add($"{error.Message} The source is staged all the same, and not cached.");
            return false;
        }
    }

    private bool CanHold(CacheEntry entry) => kind.IsFile
        ? entry.Paths is [{ IsDirectory: false } file] && file.Digest.Hash == Checksum.HashOf(source)
        : entry.Paths is [{ IsDirectory: true }] && entry.Output is not null;
}

/// <summary>The file beside a directory that it is made from; it goes when the directory is made.</summary>
/// <param name="directory">Full path of the directory.</param>
internal sealed class DownloadedFile(string directory) : IDisposable
{
    public void Dispose() => File.Delete(directory + FileSource.DownloadSuffix);
}
