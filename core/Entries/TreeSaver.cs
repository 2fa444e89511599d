using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Puts files and directories into a blob store.</summary>
internal sealed class TreeSaver(IBlobUpload upload, HashMemory? memory)
{
    // Small enough to show progress and to stop soon, large enough for a remote store to pack.
    private const int BatchSize = 1024;

    /// <summary>Every file of the trees that were saved.</summary>
    public HashSet<Digest> Blobs { get; } = [];

    public async ValueTask<IReadOnlyList<SavedPath>> SaveAsync(
        IReadOnlyList<PathToSave> paths, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        // Everything is listed before anything is stored: bad input is found first.
        List<(string Name, TreeScan? Tree)> tops = [];
        List<string> files = [];
        foreach ((string name, string full, _) in paths)
        {
            if (Directory.Exists(full))
            {
                TreeScan tree = TreeScan.Of(full, cancellationToken);
                files.AddRange(tree.Files.Select(file => Path.Combine(full, file)));
                tops.Add((name, tree));
            }
            else
            {
                files.Add(full);
                tops.Add((name, null));
            }
        }

        TreeFile[] contents = await StoreAsync(files, progress, cancellationToken);
        List<SavedPath> saved = [];
        int next = 0;
        for (int top = 0; top < tops.Count; top++)
        {
            (string name, TreeScan? tree) = tops[top];
            var part = new ArraySegment<TreeFile>(contents, next, tree?.Files.Count ?? 1);
            next += part.Count;
            if (tree is null && paths[top].Expected is { } expected && expected != part[0].Digest)
            {
                throw new BuildCacheException(ErrorId.InputChanged, $"'{paths[top].FullPath}' was changed by another process before it was saved. Nothing was saved.");
            }

            long bytes = part.Sum(file => file.Digest.Size);
            saved.Add(tree is null
                ? new SavedPath(name, false, part[0].Digest, part[0].IsExecutable, 1, bytes)
                : await StoreAsync(new SavedPath(name, true, default, false, part.Count, bytes), tree.ToTree(part), cancellationToken));
        }

        Blobs.UnionWith(contents.Select(file => file.Digest));
        return saved;
    }

    private async ValueTask<SavedPath> StoreAsync(SavedPath path, TreeDirectory tree, CancellationToken cancellationToken)
    {
        var messages = new Dictionary<Digest, byte[]>();
        path = path with { Digest = TreeCodec.Encode(tree, messages) };
        if (messages.Values.Sum(message => (long)message.Length) < EntryContents.LargestTree / 2)
        {
            byte[] whole = TreeCodec.EncodeTree(path.Digest, messages);
            path = path with { Tree = Digest.Of(whole) };
            messages = new() { [path.Tree.Value] = whole };
        }

        foreach ((Digest digest, byte[] message) in messages)
        {
            await upload.AddAsync(digest, message, cancellationToken);
            Blobs.Add(digest);
        }

        return path;
    }

    private async ValueTask<TreeFile[]> StoreAsync(List<string> files, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var contents = new TreeFile[files.Count];
        var sources = new List<BlobSource>(BatchSize);
        var stamps = new List<(FileStamp Stamp, bool MayRemember)>(BatchSize);
        for (int start = 0; start < files.Count; start += BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sources.Clear();
            stamps.Clear();
            int end = Math.Min(start + BatchSize, files.Count);
            for (int i = start; i < end; i++)
            {
                FileStamp stamp = StampOf(files[i]);
                Digest? known = memory is not null && memory.TryGet(files[i], stamp, out Digest remembered, out _) ? remembered : null;
                sources.Add(new BlobSource(files[i], known));
                stamps.Add((stamp, known is null && memory?.MayRemember(files[i], stamp) == true));
            }

            IReadOnlyList<Digest> digests = await upload.AddFilesAsync(sources, cancellationToken);
            for (int i = start; i < end; i++)
            {
                (FileStamp stamp, bool mayRemember) = stamps[i - start];
                contents[i] = new TreeFile(digests[i - start], stamp.IsExecutable);
                if (mayRemember && FileStamp.Read(files[i]) == stamp)
                {
                    memory!.Remember(files[i], stamp, digests[i - start], marks: 0);
                }
            }

            progress?.Report(new TransferProgress(end, files.Count));
        }

        return contents;
    }

    private static FileStamp StampOf(string path)
    {
        try
        {
            if (FileStamp.Read(path) is { } stamp)
            {
                return stamp;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"'{path}' cannot be read ({error.Message}). Check that this user may read it.", error);
        }

        throw Path.Exists(path)
            ? new BuildCacheException(ErrorId.UnsupportedFile, $"'{path}' is no regular file (a pipe, a socket or a device). Leave it out of what is saved.")
            : new BuildCacheException(ErrorId.InputNotFound, $"There is no '{path}'. Check the path, or run the step that makes it first.");
    }
}
