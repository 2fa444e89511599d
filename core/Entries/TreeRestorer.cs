using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Takes files and directories out of a blob store: staged beside their destinations, verified, then moved into place together.</summary>
internal static class TreeRestorer
{
    private const int BatchSize = 1024;

    public static async ValueTask RestoreAsync(
        IBlobStore blobs, CacheEntry entry, Func<SavedPath, string> destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var staging = new Staging();
        try
        {
            List<BlobTarget> targets = [];
            List<(string Path, string Target)> links = [];
            foreach (SavedPath path in entry.Paths)
            {
                // The record was checked when it was decoded; an entry made by hand was not.
                if (!SafePath.IsRelative(path.Path))
                {
                    throw new BuildCacheException(ErrorId.BlobCorrupt, $"The entry holds the unsafe path '{path.Path}'. It cannot be trusted; remove it.");
                }

                string staged = staging.Add(destination(path));
                if (!path.IsDirectory)
                {
                    targets.Add(new BlobTarget(path.Digest, staged, path.IsExecutable));
                    continue;
                }

                await EntryContents.WalkAsync(path, blobs, (directory, listing) =>
                {
                    string full = Path.Combine(staged, directory);
                    Directory.CreateDirectory(full);
                    targets.AddRange(listing.Files.Select(file => new BlobTarget(file.File.Digest, Path.Combine(full, file.Name), file.File.IsExecutable)));
                    links.AddRange(listing.Symlinks.Select(link => (Path.Combine(full, link.Name), link.Target)));
                }, visitDigest: null, cancellationToken);
            }

            for (int start = 0; start < targets.Count; start += BatchSize)
            {
                int count = Math.Min(BatchSize, targets.Count - start);
                await blobs.ReadFilesAsync(targets.GetRange(start, count), cancellationToken);
                progress?.Report(new TransferProgress(start + count, targets.Count));
            }

            // Last, so that nothing that is written above passes through a link.
            foreach ((string path, string target) in links)
            {
                if (OperatingSystem.IsWindows() && Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)))
                {
                    Directory.CreateSymbolicLink(path, target);
                }
                else
                {
                    File.CreateSymbolicLink(path, target);
                }
            }

            staging.Commit();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.StoreUnavailable, $"The entry cannot be restored: {error.Message} The destination is as it was. Check its permissions and the free space of its disk.", error);
        }
    }
}
