using System.Collections.Concurrent;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Archives at the service that hold one thing each: a pack, a large blob, an entry.</summary>
/// <remarks>
/// Content has a name that ends in a hash, and its archives that name, <c>-</c>, and <c>0</c> or a time. The first writer takes
/// <c>0</c>, so that others see that it is there already; an archive cannot be replaced or removed, so where that one was never
/// finished, or turned out to be damaged, a later one takes its place by being newer.
/// </remarks>
internal sealed class Archives(CacheServiceClient service, ArchiveReader reader, ArchiveWriter writer, TimeProvider clock)
{
    private const string First = "0";
    private const int MostNames = 5;

    private readonly SignedUrls _urls = new(clock);
    private readonly ConcurrentDictionary<string, bool> _lost = new(StringComparer.Ordinal);

    /// <summary>What all archives of some content start with.</summary>
    /// <param name="kind"><c>pack</c> or <c>blob</c>.</param>
    /// <param name="hash">Its SHA-256 in hexadecimal.</param>
    public static string PrefixOf(string kind, string hash) => $"buildcache-{kind}-{hash}-";

    /// <summary>Finds the newest archive whose key starts with a text, asking the service.</summary>
    public ValueTask<FoundArchive?> FindNewestAsync(string prefix, CancellationToken cancellationToken) => service.FindAsync(prefix, cancellationToken);

    /// <summary>Finds some content, or an entry by its whole name, asking the service when that was not done a moment ago.</summary>
    /// <returns><see langword="null"/> when it is definitely not to be had.</returns>
    public async ValueTask<FoundArchive?> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        FoundArchive? found = _urls.Get(prefix);
        if (found is null)
        {
            found = await service.FindAsync(prefix, cancellationToken);
            if (found is not null)
            {
                _urls.Remember(prefix, found);
            }
        }

        return found is null || _lost.ContainsKey(found.Key) ? null : found;
    }

    /// <summary>Reads an archive that is small enough to hold in memory.</summary>
    /// <returns><see langword="null"/> when it is definitely gone, or longer than allowed.</returns>
    public async ValueTask<byte[]?> ReadAsync(FoundArchive archive, int most, CancellationToken cancellationToken) =>
        (await ReadAsync(archive.Key, archive, found => reader.ReadAsync(found.Url, most, cancellationToken), cancellationToken)).Value;

    /// <summary>Reads a part of some content.</summary>
    /// <returns>How many bytes there are: fewer when it definitely ends before, none when it is definitely gone.</returns>
    public async ValueTask<int> ReadAsync(string prefix, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count = (await ReadAsync(prefix, null, found => reader.ReadAsync(found.Url, offset, destination, cancellationToken), cancellationToken)).Value;
        MarkLostIf(count < destination.Length, prefix);
        return count;
    }

    /// <summary>Writes a part of some content into a file, at the place that it has in the content.</summary>
    /// <returns>Whether there is as much.</returns>
    public async ValueTask<bool> ReadAsync(string prefix, long offset, long length, Microsoft.Win32.SafeHandles.SafeFileHandle file, CancellationToken cancellationToken)
    {
        bool whole = (await ReadAsync(prefix, null, found => reader.ReadAsync(found.Url, offset, length, file, cancellationToken), cancellationToken)).Value;
        MarkLostIf(!whole, prefix);
        return whole;
    }

    /// <summary>Asks the service anew for whatever is needed from now on.</summary>
    public void ForgetFound() => _urls.ForgetAll();

    /// <summary>Passes over an archive from now on: what it holds is not what its name says.</summary>
    public void MarkLost(string prefix) => MarkLostIf(true, prefix);

    /// <summary>Stores content, unless it is there already by the time that is asked.</summary>
    /// <param name="prefix">What its archives start with.</param>
    /// <param name="content">The content.</param>
    /// <param name="cancellationToken">Stops; nothing is visible then.</param>
    public async ValueTask WriteAsync(string prefix, ArchiveContent content, CancellationToken cancellationToken)
    {
        if (await service.CreateAsync(prefix + First, cancellationToken) is { } url)
        {
            await WriteAsync(prefix + First, url, content, cancellationToken);
        }
        else
        {
            // Taken: by somebody who finished, or who died, or who is still at it; only the first may be relied on.
            _urls.Forget(prefix);
            if (await FindAsync(prefix, cancellationToken) is null)
            {
                await WriteNewAsync(() => prefix + ServiceKey.Stamp(clock.GetUtcNow()), content, cancellationToken);
            }
        }

        _urls.Forget(prefix);
    }

    /// <summary>Stores something under a name that nobody else has.</summary>
    /// <param name="newName">Makes one more such name.</param>
    /// <param name="content">The content.</param>
    /// <param name="cancellationToken">Stops; nothing is visible then.</param>
    /// <returns>The name.</returns>
    public async ValueTask<string> WriteNewAsync(Func<string> newName, ArchiveContent content, CancellationToken cancellationToken)
    {
        for (int names = 0; names < MostNames; names++)
        {
            string name = newName();
            // Taken can only mean that the answer to the first try got lost, and with it the URL.
            if (await service.CreateAsync(name, cancellationToken) is { } url)
            {
                await WriteAsync(name, url, content, cancellationToken);
                return name;
            }
        }

        throw new BuildCacheException(ErrorId.StoreUnavailable,
            "GitHub's cache service says of every new name that it is taken already. Try again later.");
    }

    private async ValueTask WriteAsync(string key, Uri url, ArchiveContent content, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(url, content, cancellationToken);
        // When the answer to the first try got lost, the second is denied; what counts is whether it can be had.
        if (!await service.FinalizeAsync(key, content.Size, cancellationToken) && (await service.FindAsync(key, cancellationToken))?.Key != key)
        {
            throw new BuildCacheException(ErrorId.StoreUnavailable,
                $"GitHub's cache service did not keep '{key}' after it was uploaded. Nothing of it is visible; save again later.");
        }
    }

    // A URL that is refused, or leads nowhere, may just be old: it is asked for anew, once.
    private async ValueTask<ReadResult<T>> ReadAsync<T>(
        string prefix, FoundArchive? archive, Func<FoundArchive, ValueTask<ReadResult<T>>> read, CancellationToken cancellationToken)
    {
        archive ??= await FindAsync(prefix, cancellationToken);
        for (bool again = false; archive is not null; again = true)
        {
            ReadResult<T> result = await read(archive);
            if (result.Outcome == ReadOutcome.Read || (again && result.Outcome == ReadOutcome.NotThere))
            {
                return result;
            }

            if (again)
            {
                throw new BuildCacheException(ErrorId.StoreAccessDenied,
                    $"The storage behind GitHub's cache service refused to give '{archive.Key}', with a new signed URL too. Check that a proxy in between lets such requests pass, and that this machine's clock is right.");
            }

            _urls.Forget(prefix);
            archive = await FindAsync(prefix, cancellationToken);
        }

        return new ReadResult<T>(ReadOutcome.NotThere);
    }

    private void MarkLostIf(bool lost, string prefix)
    {
        if (lost && _urls.Get(prefix) is { } archive)
        {
            _lost[archive.Key] = true;
        }
    }
}
