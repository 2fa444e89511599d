using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.S3;

namespace BuildCache.Sources.Mirroring;

/// <summary>A mirror in a bucket: the files of a mirror in a folder, and a list of them.</summary>
/// <remarks>
/// What refs need is written before what names the refs, and the list last. Nothing is deleted. One machine at a time is to
/// synchronise it; of two, each later takes in what the other had and loses none of it.
/// </remarks>
/// <param name="bucket">The objects below the prefix.</param>
internal sealed class MirrorBucket(S3Bucket bucket)
{
    private const int MostAtOnce = 8;
    private const string Refs = "packed-refs";

    // The files of a repository that change, in the order in which they are written.
    private static readonly string[] s_changing = [RepositoryFiles.PackList, Refs, "HEAD", RepositoryFiles.RefListing];

    private readonly BucketFile _objects = new(bucket);
    private MirrorManifest _manifest = MirrorManifest.Empty();

    /// <summary>Brings a copy in a folder to where it has all that the bucket has. What only the copy has stays.</summary>
    public async ValueTask TakeInAsync(MirrorFolder copy, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> content = await ReadManifestAsync(cancellationToken);
        string remembered = RememberedIn(copy);
        if (File.Exists(remembered) && content.Span.SequenceEqual(File.ReadAllBytes(remembered)))
        {
            return;
        }

        IReadOnlySet<string> repositories = _manifest.Repositories();
        string[] known = [.. repositories.Where(repository => File.Exists(copy.PathOf(repository + "/config")))];
        HashSet<string> changing = ChangingOf(repositories);
        HashSet<string> merged = ChangingOf(known);
        bool IsMissing(string path) => !merged.Contains(path) && !IsThere(copy, path, _manifest.Files[path], IsInRepository(path, repositories), cancellationToken);
        await DownloadAsync(_manifest.Files.Keys.Where(path => !changing.Contains(path) && IsMissing(path)), copy.Root, verifies: true, cancellationToken);
        await DownloadAsync(_manifest.Files.Keys.Where(path => changing.Contains(path) && IsMissing(path)), copy.Root, verifies: true, cancellationToken);
        foreach (string repository in known)
        {
            await MergeAsync(copy, repository, cancellationToken);
        }

        foreach (string repository in repositories.Except(known))
        {
            await Local(copy.PathOf(repository)).InitialiseAsync(ReadRefs(copy.PathOf(repository + "/" + Refs)), cancellationToken);
        }
    }

    /// <summary>Writes what the copy has and the bucket has not.</summary>
    public async ValueTask GiveOutAsync(MirrorFolder copy, CancellationToken cancellationToken)
    {
        var there = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (StoredObject item in bucket.ListAsync("", cancellationToken: cancellationToken))
        {
            there[item.Name] = item.Size;
        }

        MirrorManifest wanted = Describe(copy, cancellationToken);
        IReadOnlySet<string> repositories = wanted.Repositories();
        bool IsWritten(string path, Digest digest) => there.TryGetValue(path, out long size) && size == digest.Size
            // A pack that was written before a break is no other for not being in the list yet.
            && ((_manifest.Files.TryGetValue(path, out Digest listed) && listed == digest) || IsInRepository(path, repositories) && path.Contains("/objects/pack/", StringComparison.Ordinal));
        HashSet<string> changing = ChangingOf(repositories);
        await Parallel.ForEachAsync(wanted.Files.Where(file => !changing.Contains(file.Key) && !IsWritten(file.Key, file.Value)),
            new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
            async (file, stop) => await _objects.WriteAsync(copy.PathOf(file.Key), file.Key, file.Value, stop));
        foreach (string path in s_changing.SelectMany(name => repositories.Select(repository => $"{repository}/{name}")))
        {
            if (wanted.Files.TryGetValue(path, out Digest digest) && !IsWritten(path, digest))
            {
                await _objects.WriteAsync(copy.PathOf(path), path, digest, cancellationToken);
            }
        }

        foreach ((string path, Digest digest) in _manifest.Files)
        {
            wanted.Files.TryAdd(path, digest);
        }

        byte[] content = wanted.ToBytes();
        if (!wanted.Files.SequenceEqual(_manifest.Files))
        {
            await bucket.WriteAsync(MirrorManifest.Name, Digest.Of(content), content, cancellationToken);
        }

        AtomicFile.Write(RememberedIn(copy), content);
    }

    /// <summary>Copies all that is there into an empty folder; what is damaged stays damaged.</summary>
    public async ValueTask CopyToAsync(string folder, CancellationToken cancellationToken)
    {
        if ((await ReadManifestAsync(cancellationToken)).IsEmpty)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"There is no mirror in {bucket.Location}. Check the prefix, or make one with Sync-SourceMirror.");
        }

        await DownloadAsync(_manifest.Files.Keys, folder, verifies: false, cancellationToken);
        foreach (string repository in _manifest.Repositories())
        {
            // git takes nothing for a repository that has it not.
            Directory.CreateDirectory(Path.Combine(folder, repository, "refs"));
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadManifestAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> content = await bucket.ReadAsync(MirrorManifest.Name, Ceilings.MirrorManifest, cancellationToken) is { } read ? read.Content : default;
        _manifest = content.IsEmpty ? MirrorManifest.Empty() : MirrorManifest.Parse(bucket.Location.ToString(), content.Span);
        return content;
    }

    private async ValueTask DownloadAsync(IEnumerable<string> paths, string folder, bool verifies, CancellationToken cancellationToken)
    {
        // All are looked at before the first one is there.
        string[] missing = [.. paths];
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
            async (path, stop) => await _objects.ReadAsync(path, Path.Combine(folder, path), verifies ? _manifest.Files[path] : null, stop));
    }

    // Two copies that went different ways: what the bucket's refs are at is held here, and the origin says what they are at now.
    private async ValueTask MergeAsync(MirrorFolder copy, string repository, CancellationToken cancellationToken)
    {
        LocalRepository local = Local(copy.PathOf(repository));
        RefList had = await local.ListAsync(cancellationToken);
        string file = Path.Combine(copy.Own, StagingName.New());
        try
        {
            if (_manifest.Files.TryGetValue($"{repository}/{Refs}", out Digest digest) && await _objects.ReadAsync($"{repository}/{Refs}", file, digest, cancellationToken))
            {
                await local.HoldAsync([.. ReadRefs(file).Refs.Values.Distinct().Except(had.Refs.Values)], cancellationToken);
            }
        }
        finally
        {
            DirectoryRemoval.TryRemove(file);
        }
    }

    private static MirrorManifest Describe(MirrorFolder copy, CancellationToken cancellationToken)
    {
        MirrorManifest manifest = MirrorManifest.Empty();
        foreach (string file in Directory.EnumerateFiles(copy.Root, "*", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(copy.Root, file).Replace(Path.DirectorySeparatorChar, '/');
            if (path is not (MirrorManifest.Name or (MirrorPlace.Own + "/lock")) && !StagingName.Is(Path.GetFileName(path)))
            {
                manifest.Files[path] = copy.DigestOf(file, cancellationToken);
            }
        }

        // What git keeps for itself; the refs are all in one file.
        foreach (string repository in manifest.Repositories())
        {
            foreach (string path in manifest.Files.Keys.Where(path => path == repository + "/config" || path.StartsWith(repository + "/refs/", StringComparison.Ordinal)).ToList())
            {
                manifest.Files.Remove(path);
            }
        }

        return manifest;
    }

    private static bool IsThere(MirrorFolder copy, string path, Digest digest, bool isNamedByContent, CancellationToken cancellationToken)
    {
        var file = new FileInfo(copy.PathOf(path));
        return file.Exists && file.Length == digest.Size && (isNamedByContent || copy.DigestOf(file.FullName, cancellationToken) == digest);
    }

    private static bool IsInRepository(string path, IReadOnlySet<string> repositories)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (repositories.Contains(path[..slash]))
            {
                return true;
            }
        }

        return false;
    }

    private static HashSet<string> ChangingOf(IEnumerable<string> repositories) =>
        [.. repositories.SelectMany(repository => s_changing.Select(name => $"{repository}/{name}"))];

    private static RefList ReadRefs(string file) => File.Exists(file) ? RefList.Parse(File.ReadAllText(file).Replace(' ', '\t')) : RefList.Parse("");

    private static LocalRepository Local(string directory) => new(new SourceDeclaration(Path.GetFileName(directory), "git", directory), directory);

    private static string RememberedIn(MirrorFolder copy) => Path.Combine(copy.Own, "manifest");
}
