using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Puts files and directories into a blob store.</summary>
internal sealed class TreeSaver(IBlobUpload upload, HashMemory? memory, EntryDetails details)
{
    // Small enough to show progress and to stop soon, large enough for a remote store to pack.
    private const int BatchSize = 1024;

    /// <summary>Every file of the trees that were saved.</summary>
    public HashSet<Digest> Blobs { get; } = [];

    /// <summary>Whether a link was saved that leads out of what is saved.</summary>
    public bool HasOutsideLinks { get; private set; }

    public async ValueTask<IReadOnlyList<SavedPath>> SaveAsync(
        IReadOnlyList<PathToSave> paths, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (paths.Count > Ceilings.EntryPaths || new PathSet(paths.Select(path => path.Name)).IsNested)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile, paths.Count > Ceilings.EntryPaths
                ? $"{paths.Count:N0} paths are to be saved, and one entry holds at most {Ceilings.EntryPaths:N0}. Nothing was saved. Save the directory that they are in."
                : "A path is to be saved twice, or together with a directory that it is in. Nothing was saved. Name the outer one alone.");
        }

        // Everything is listed before anything is stored: bad input is found first.
        List<(string Name, TreeScan? Tree)> tops = [];
        List<string> files = [];
        foreach ((string name, string full, _) in paths)
        {
            if (Directory.Exists(full))
            {
                TreeScan tree = TreeScan.WithAnyLinks(full, cancellationToken);
                CheckLinks(name, full, tree, paths);
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
        long describing = 0;
        TreeTotals all = default;
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
            if (tree is null)
            {
                all = all.Plus(new TreeTotals(1, 0, 0, bytes, 0, 0));
                saved.Add(new SavedPath(name, false, part[0].Digest, part[0].IsExecutable, 1, bytes, Properties: part[0].Properties));
                continue;
            }

            (Digest digest, byte[] message) = Encode(tree.ToTree(part, paths[top].FullPath, details.Keeps));
            describing += message.Length;
            var totals = TreeTotals.Of(tree, bytes);
            all = all.Plus(totals.Below(name.Length + 1));
            EntryTrees.RefuseTooMany(describing, totals, all, name);
            var path = new SavedPath(name, true, digest, false, part.Count, bytes, Digest.Of(message));
            await upload.AddAsync(path.Tree!.Value, message, cancellationToken);
            Blobs.Add(path.Tree.Value);
            saved.Add(path);
        }

        if (all.Excess() is { } excess)
        {
            throw EntryTrees.TooMuch(saved[0].Path, excess);
        }

        Blobs.UnionWith(contents.Select(file => file.Digest));
        return saved;
    }

    private static (Digest Digest, byte[] Message) Encode(TreeDirectory tree)
    {
        var messages = new Dictionary<Digest, byte[]>();
        Digest digest = TreeCodec.Encode(tree, messages);
        return (digest, TreeCodec.EncodeTree(digest, messages));
    }

    // A link is kept unchanged where its target is in the entry, too.
    private void CheckLinks(string name, string full, TreeScan tree, IReadOnlyList<PathToSave> paths)
    {
        if (tree.Symlinks.Count == 0)
        {
            return;
        }

        var names = new PathSet(paths.Select(saved => saved.Name));
        foreach ((string path, string target) in tree.Symlinks)
        {
            if (!SafePath.LinkLeadsTo($"{name}/{path}", target, names))
            {
                HasOutsideLinks = details.AllowsOutsideLinks ? true : throw TreeScan.LinkLeaves(Path.Combine(full, path), target, "what is saved");
            }
        }
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
                FileStamp stamp = StampOf(files[i], out NodeProperties properties);
                contents[i] = new TreeFile(default, stamp.IsExecutable, properties.Kept(details.Keeps));
                Digest? known = memory is not null && memory.TryGet(files[i], stamp, out Digest remembered, out _) ? remembered : null;
                sources.Add(new BlobSource(files[i], known));
                stamps.Add((stamp, known is null && memory?.MayRemember(files[i], stamp) == true));
            }

            IReadOnlyList<Digest> digests = await upload.AddFilesAsync(sources, cancellationToken);
            for (int i = start; i < end; i++)
            {
                (FileStamp stamp, bool mayRemember) = stamps[i - start];
                contents[i] = contents[i] with { Digest = digests[i - start] };
                if (sources[i - start].Known == contents[i].Digest)
                {
                    continue;
                }

                // What was read may be half of one version and half of the next.
                if (SourceFile.Stamp(files[i], out _) != stamp)
                {
                    throw new BuildCacheException(ErrorId.InputChanged, $"'{files[i]}' changed while it was saved. Nothing was saved. Save when nothing writes there any more.");
                }

                if (mayRemember)
                {
                    memory!.Remember(files[i], stamp, digests[i - start], marks: 0);
                }
            }

            progress?.Report(new TransferProgress(end, files.Count));
        }

        return contents;
    }

    private static FileStamp StampOf(string path, out NodeProperties properties)
    {
        if (SourceFile.Stamp(path, out properties) is { } stamp)
        {
            return stamp;
        }

        throw Path.Exists(path)
            ? new BuildCacheException(ErrorId.UnsupportedFile, $"'{path}' is not a regular file (a pipe, a socket or a device). Leave it out of what is saved.")
            : new BuildCacheException(ErrorId.InputNotFound, $"There is no '{path}'. Check the path, or run the step that makes it first.");
    }
}
