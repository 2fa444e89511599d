using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Takes files and directories out of a blob store: staged beside their destinations, verified, then moved into place together.</summary>
internal static class TreeRestorer
{
    /// <returns>The content that was restored.</returns>
    public static async ValueTask<EntryContent> RestoreAsync(
        IBlobStore blobs, CacheEntry entry, Func<SavedPath, string> destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var staging = new Staging();
        try
        {
            List<BlobTarget> targets = [];
            List<(string Path, string Target)> links = [];
            var staged = new Dictionary<SavedPath, string>(ReferenceEqualityComparer.Instance);
            foreach (SavedPath path in entry.Paths)
            {
                // The record was checked when it was decoded; an entry made by hand was not.
                if (!SafePath.IsRelative(path.Path))
                {
                    throw new BuildCacheException(ErrorId.BlobCorrupt, $"The entry holds the unsafe path '{path.Path}'. It cannot be trusted; remove it.");
                }

                staged[path] = staging.Add(destination(path));
                if (!path.IsDirectory)
                {
                    targets.Add(new BlobTarget(path.Digest, staged[path], path.IsExecutable));
                }
            }

            var needed = new HashSet<Digest>();
            await EntryContents.WalkAsync(entry, blobs, (path, directory, listing) =>
            {
                string full = Path.Combine(staged[path], directory);
                Directory.CreateDirectory(full);
                targets.AddRange(listing.Files.Select(file => new BlobTarget(file.File.Digest, Path.Combine(full, file.Name), file.File.IsExecutable)));
                links.AddRange(listing.Symlinks.Select(link => (Path.Combine(full, link.Name), link.Target)));
            }, needed, cancellationToken);
            await blobs.ReadFilesAsync(targets, progress is null ? null : new Counter(targets.Count, progress), cancellationToken);

            // Last, so that nothing that is written above passes through a link.
            foreach ((string path, string target) in links)
            {
                SymbolicLink.Make(path, target);
            }

            staging.Commit();
            needed.UnionWith(targets.Select(target => target.Blob));
            return EntryContents.Of(entry, needed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.StoreUnavailable, $"The entry cannot be restored: {error.Message} The destination is as it was. Check its permissions and the free space of its disk.", error);
        }
    }

    /// <summary>Adds up what a store tells of any thread, and passes on about a hundred sums.</summary>
    private sealed class Counter(int total, IProgress<TransferProgress> progress) : IProgress<int>
    {
        private readonly int _step = Math.Max(1, total / 100);
        private int _done;

        public void Report(int value)
        {
            int done = Interlocked.Add(ref _done, value);
            if (done == total || done / _step != (done - value) / _step)
            {
                progress.Report(new TransferProgress(done, total));
            }
        }
    }
}
