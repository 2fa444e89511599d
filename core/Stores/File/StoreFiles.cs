using BuildCache.Content;
using BuildCache.Files;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>The directories of a file store and how a file comes to stand in them.</summary>
internal sealed class StoreFiles(string root, int formatVersion) : GuardedFolder(root, "The store", "its")
{
    private readonly Lock _gate = new();
    private bool _checked;
    private bool _created;
    private StoreNotice? _notice;

    public string Blobs { get; } = Path.Combine(root, "blobs");

    public string Entries { get; } = Path.Combine(root, "entries");

    public string Temporaries { get; } = Path.Combine(root, "tmp");

    /// <summary>Refuses a store of a later format; an absent store is as good as an empty one.</summary>
    public void BeforeRead()
    {
        if (_checked)
        {
            return;
        }

        if (IsStore)
        {
            // Of a folder that is made only now there is nothing to tell.
            _notice = FolderRights.Look(Root);
        }

        _checked = true;
    }

    /// <summary>Gives what is to be told of the folder, once.</summary>
    public StoreNotice? TakeNotice() => Interlocked.Exchange(ref _notice, null);

    /// <summary>Whether this is a store: a folder that says so. In any other, what has the names of ours is somebody else's.</summary>
    public bool IsStore => Guard(() => FormatMark.Check(Root, formatVersion, "The store", "name another store"));

    /// <summary>Makes the directories of a new store.</summary>
    public void BeforeWrite()
    {
        BeforeRead();
        lock (_gate)
        {
            // Somebody may have deleted the store meanwhile; it is then made again.
            if (_created && Directory.Exists(Temporaries))
            {
                return;
            }

            Guard(() =>
            {
                // What is built from a folder that others can write is theirs to decide, so a new one is the user's own.
                if (OperatingSystem.IsWindows() || Directory.Exists(Root))
                {
                    Directory.CreateDirectory(Root);
                }
                else
                {
                    NewDirectory.MakePrivate(Root);
                }

                NewDirectory.MakeLikeParent(Temporaries);
                NewDirectory.MakeLikeParent(Blobs);
                NewDirectory.MakeLikeParent(Entries);
                FormatMark.Write(Root, formatVersion, Temporaries);
            });
            _created = true;
        }
    }

    /// <summary>A path in the temporary directory that nobody else uses.</summary>
    public string NewTemporaryPath() => Path.Combine(Temporaries, StagingName.New() + StagingName.TemporarySuffix);

    /// <summary>Writes a temporary file, an empty one unless content is given.</summary>
    public string NewTemporary(Action<string, ReadOnlySpan<byte>> write, ReadOnlySpan<byte> content = default)
    {
        BeforeWrite();
        string temporary = NewTemporaryPath();
        try
        {
            write(temporary, content);
            return temporary;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw Unavailable(error);
        }
    }

    /// <summary>Removes what processes that died left half-written.</summary>
    public void SweepTemporaries(DateTimeOffset olderThan)
    {
        if (RootedPath.IsLink(Temporaries))
        {
            return;
        }

        foreach (string path in StagingNames.In(Temporaries).Where(path => FileIO.GetLastWriteTimeUtc(path) < olderThan.UtcDateTime))
        {
            TryDelete(path);
        }
    }

    /// <summary>Where a blob is.</summary>
    public string PathOf(Digest blob)
    {
        string hash = blob.Hash;
        return Path.Combine(Blobs, hash[..2], hash);
    }

    /// <summary>Whether a blob is there, in its right size.</summary>
    public bool Has(Digest blob) => Guard(() => FileStamp.Read(PathOf(blob))?.Size == blob.Size);

    /// <summary>Drops a damaged blob, so that the next save stores it again instead of taking it for good.</summary>
    /// <returns>The error to throw.</returns>
    public BuildCacheException DropCorrupt(Digest blob)
    {
        bool dropped = TryDelete(PathOf(blob));
        return new(ErrorId.BlobCorrupt, $"What the store has as the blob {blob} has another digest{(dropped ? " and was removed" : "; remove it by hand")}. Check the disk that the store is on.");
    }

    /// <summary>The error for a blob that is not there.</summary>
    public static BuildCacheException Missing(Digest blob, Exception? cause = null) =>
        new(ErrorId.BlobMissing, $"The blob {blob} is not in the store. The entry that names it is stale.", cause);

    /// <summary>Deletes a file if that can be done.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows() && FileIO.Exists(path))
            {
                // Windows refuses to delete what is read-only.
                FileIO.SetAttributes(path, FileAttributes.Normal);
            }

            FileIO.Delete(path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
