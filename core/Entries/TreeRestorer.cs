using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Takes files and directories out of a blob store: staged beside their destinations, verified, then moved into place together.</summary>
internal static class TreeRestorer
{
    /// <returns>The content that was restored.</returns>
    public static async ValueTask<EntryContent> RestoreAsync(
        IBlobStore blobs, CacheEntry entry, Func<SavedPath, string> destination, RestoreOptions options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        RefuseUnsafe(entry, options);
        EntryTrees trees = entry.Trees ?? await EntryTrees.ReadAsync(entry, blobs, cancellationToken);
        using var staging = new Staging();
        try
        {
            var staged = new Dictionary<SavedPath, string>(ReferenceEqualityComparer.Instance);
            foreach (SavedPath path in entry.Paths)
            {
                staged[path] = staging.Add(destination(path));
            }

            List<BlobTarget> files = [];
            List<NodeProperties> properties = [];
            List<(string Path, string Target)> links = [];
            List<(string Path, NodeProperties Properties)> directories = [];
            foreach (SavedPath path in entry.Paths.Where(path => !path.IsDirectory))
            {
                Add(staged[path], new TreeFile(path.Digest, path.IsExecutable, path.Properties));
            }

            foreach ((SavedPath tree, string path, DirectoryListing listing) in trees.Directories)
            {
                string full = path.Length == 0 ? staged[tree] : Path.Combine(staged[tree], path);
                if (path.Length > 0 && Directory.Exists(full))
                {
                    throw new IOException($"'{full}' is in it twice, in letters that this file system does not tell apart.");
                }

                Directory.CreateDirectory(full);
                directories.Add((full, listing.Properties));
                listing.Files.ForEach(file => Add(Path.Combine(full, file.Name), file.File));
                links.AddRange(listing.Symlinks.Select(link => (Path.Combine(full, link.Name), link.Target)));
            }

            await blobs.ReadFilesAsync(files, progress is null ? null : new Counter(files.Count, progress), cancellationToken);

            // Last, so that nothing that is written above passes through a link.
            foreach ((string path, string target) in links)
            {
                SymbolicLink.Make(path, target);
            }

            var times = RestoredTime.For(options.Times ?? RestoredTimes.Own, staged.Values.FirstOrDefault());
            for (int i = 0; i < files.Count; i++)
            {
                times.Set(files[i].Path, properties[i]);
            }

            // From the innermost: what is put into a directory changes its time, and a directory may be read-only from here on.
            directories.Reverse();
            foreach ((string path, NodeProperties of) in directories)
            {
                SetMode(path, of);
                times.Set(path, of);
            }

            staging.Commit();
            return trees.ContentOf(entry);

            void Add(string path, TreeFile file)
            {
                files.Add(new BlobTarget(file.Digest, path, file.Properties.Mode ?? (file.IsExecutable ? BlobTarget.Executable : BlobTarget.Plain)));
                properties.Add(file.Properties);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.DestinationUnavailable, $"The entry cannot be restored: {error.Message} The destination is as it was. Check its permissions and the free space of its disk.", error);
        }
    }

    private static void RefuseUnsafe(CacheEntry entry, RestoreOptions options)
    {
        // The record was checked when it was decoded; an entry made by hand was not.
        if (entry.Paths.FirstOrDefault(path => !SafePath.IsRelative(path.Path)) is { } unsafePath)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, $"The entry holds the unsafe path '{unsafePath.Path}'. It cannot be trusted; remove it.");
        }

        if (entry.HasOutsideLinks && !options.AllowsOutsideLinks)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile,
                $"The entry {entry.Key} was saved with links that lead out of it. Nothing was restored. Allow such links when you restore, if you trust all who may write to the store.");
        }
    }

    // Never wider than the umask leaves it.
    private static void SetMode(string directory, NodeProperties properties)
    {
        if (properties.Mode is { } mode && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory, mode & File.GetUnixFileMode(directory));
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
