using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Locks;
using BuildCache.Pruning;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>A store in a folder, shared by any number of processes without a server. Its layout is described in <c>docs/store-layout.md</c>.</summary>
/// <remarks>
/// Safe between processes: every file appears by a rename, whole and under its final name; readers never wait and never lock.
/// What a killed process leaves behind is a temporary file or a blob that no entry names, and pruning removes both.
/// </remarks>
public sealed class FileStore : CacheStore
{
    private const int FormatVersion = 1;
    private readonly StoreFiles _files;
    private readonly FileBlobStore _blobs;
    private readonly FileEntryIndex _entries;

    /// <summary>Opens the store in a directory, which need not exist yet.</summary>
    /// <param name="directory">Full path of the directory.</param>
    public FileStore(string directory)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _files = new StoreFiles(Root, FormatVersion);
        _blobs = new FileBlobStore(_files);
        _entries = new FileEntryIndex(_files);
    }

    /// <summary>Opens the store that a <c>file:</c> URI names.</summary>
    internal static FileStore Open(StoreUri uri)
    {
        uri.RefuseRest();
        return uri.Uri.Host.Length == 0 || OperatingSystem.IsWindows()
            ? new FileStore(uri.Uri.LocalPath)
            : throw uri.Invalid("a file URI is 'file:///' and a path, nothing more");
    }

    /// <summary>Full path of the folder.</summary>
    public string Root { get; }

    /// <inheritdoc/>
    public override Uri Uri => new(Root);

    /// <inheritdoc/>
    public override IBlobStore Blobs => _blobs;

    /// <inheritdoc/>
    public override IEntryIndex Entries => _entries;

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        new(_files.Guard(() => Sweep(isNeeded, olderThan, cancellationToken)));

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) =>
        new(_files.Guard(() => Measure(cancellationToken)));

    /// <inheritdoc/>
    public override IReadOnlyList<StoreNotice> TakeNotices() => _files.TakeNotice() is { } notice ? [notice] : [];

    /// <inheritdoc/>
    public override DiskSpace? MeasureDisk() => DiskSpace.Of(Root);

    /// <inheritdoc/>
    public override ValueTask<TimeSpan?> MeasureClockSkewAsync(CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(Root))
        {
            return new((TimeSpan?)null);
        }

        // A folder of another machine has that one's time.
        string probe;
        try
        {
            probe = _files.NewTemporary((path, content) => FileIO.WriteAllBytes(path, content));
        }
        catch (BuildCacheException)
        {
            return new((TimeSpan?)null);
        }

        TimeSpan skew = FileIO.GetLastWriteTimeUtc(probe) - DateTime.UtcNow;
        StoreFiles.TryDelete(probe);
        return new(skew);
    }

    /// <summary>Makes the folder for the locks of commands that run, and gives its path.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: the store cannot be written.</exception>
    public string MakeFlights()
    {
        _files.BeforeWrite();
        _files.Guard(() => NewDirectory.MakeLikeParent(Flights));
        return Flights;
    }

    private string Flights => Path.Combine(Root, "flights");

    /// <summary>Whether the folder can be written, found by writing.</summary>
    public bool IsWritable()
    {
        try
        {
            return StoreFiles.TryDelete(_files.NewTemporary((path, content) => FileIO.WriteAllBytes(path, content)));
        }
        catch (BuildCacheException)
        {
            return false;
        }
    }

    internal override ValueTask<StoreUsage> MeasureOrphansAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken) =>
        new(_files.Guard(() => MeasureOrphans(isNeeded, olderThan, cancellationToken)));

    private StoreUsage Sweep(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        (long count, long bytes) = (0, 0);
        foreach (FileInfo file in Orphans(isNeeded, olderThan, cancellationToken))
        {
            long length = file.Length;
            if (StoreFiles.TryDelete(file.FullName))
            {
                (count, bytes) = (count + 1, bytes + length);
            }
        }

        if (_files.IsStore)
        {
            _files.SweepTemporaries(olderThan);
            FileLock.SweepDead(Flights);
        }

        return new StoreUsage(count, bytes);
    }

    private StoreUsage MeasureOrphans(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        (long count, long bytes) = (0, 0);
        foreach (FileInfo file in Orphans(isNeeded, olderThan, cancellationToken))
        {
            (count, bytes) = (count + 1, bytes + file.Length);
        }

        return new StoreUsage(count, bytes);
    }

    private IEnumerable<FileInfo> Orphans(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken) =>
        _files.IsStore ? _blobs.Enumerate(cancellationToken).Where(file => IsOrphan(file, isNeeded, olderThan)) : [];

    private static bool IsOrphan(FileInfo file, Func<Digest, bool> isNeeded, DateTimeOffset olderThan)
    {
        // Content that is being saved again was touched meanwhile; so the age is read anew, as late as can be.
        file.Refresh();
        return file.Exists && file.LastWriteTimeUtc < olderThan.UtcDateTime
            && Digest.TryParse(file.Name, file.Length, out Digest blob) && !isNeeded(blob);
    }

    private StoreUsage Measure(CancellationToken cancellationToken)
    {
        (long count, long bytes) = (0, 0);
        // One that a pruning process removes just now does not exist any more.
        foreach (FileInfo file in _blobs.Enumerate(cancellationToken).Where(file => file.Exists))
        {
            (count, bytes) = (count + 1, bytes + file.Length);
        }

        return new StoreUsage(count, bytes);
    }
}
