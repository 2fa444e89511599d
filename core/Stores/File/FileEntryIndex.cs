using System.Runtime.CompilerServices;
using System.Text;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>Entries as small files: a line with the format and a checksum, a line with the key's id, then the record.</summary>
/// <remarks>The time of the last write says which is the newest. When an entry was used last, the time of the last write of an empty
/// file beside it says; not the time of last access, which any reading sets, that of a listing or a backup too.</remarks>
internal sealed class FileEntryIndex(StoreFiles files) : IEntryIndex
{
    private const string Magic = "buildcache-entry";
    private const int FormatVersion = 1;
    private const string FileName = "entry";
    private const string MarkName = "used";
    private static readonly TimeSpan s_noteUseAfter = TimeSpan.FromHours(1);

    public ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        IndexedEntry? entry = Read(Path.Combine(files.Entries, KeyPath.Of(key), FileName));
        return new(entry is not null && entry.Key.Equals(key) ? entry : null);
    }

    public ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken)
    {
        files.BeforeWrite();
        string path = Path.Combine(files.Entries, KeyPath.Of(key), FileName);
        string temporary = files.NewTemporaryPath();
        bool put = files.Guard(() =>
        {
            try
            {
                FileIO.WriteAllBytes(temporary, Encode(key, record.Bytes.Span));
                if (record.Written is { } written)
                {
                    FileIO.SetLastWriteTimeUtc(temporary, written.UtcDateTime);
                }

                return Place(temporary, path, replace);
            }
            finally
            {
                StoreFiles.TryDelete(temporary);
            }
        });
        if (put && record.Written is not null)
        {
            // As old as it is, it is in use.
            MarkUsed(path);
        }

        return new(put);
    }

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        files.BeforeRead();
        List<(string Path, DateTime Written)> found = files.Guard(() => Find(restoreKey, cancellationToken));
        found.Sort((left, right) => right.Written != left.Written ? right.Written.CompareTo(left.Written) : string.CompareOrdinal(left.Path, right.Path));
        foreach ((string path, _) in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            IndexedEntry? entry;
            try
            {
                entry = Read(path);
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat && restoreKey is not null)
            {
                // A later version's entries do not stop this one from finding its own. A list of all that left some out
                // would be another thing: pruning would take their blobs for orphans.
                continue;
            }

            if (entry is not null && (restoreKey is null || restoreKey.IsRestoreKeyOf(entry.Key)))
            {
                yield return entry;
            }
        }

        await ValueTask.CompletedTask;
    }

    public IAsyncEnumerable<IndexedEntry> ListAllAsync(CancellationToken cancellationToken)
    {
        files.BeforeRead();
        return ReadAhead.UnorderedAsync<string, IndexedEntry>(EntryWalk.Of(files, FileName, cancellationToken).ToAsyncEnumerable(), Environment.ProcessorCount, (path, _) => new(Read(path)), cancellationToken);
    }

    public ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        files.BeforeWrite();
        string path = Path.Combine(files.Entries, KeyPath.Of(entry.Key), FileName);
        return new(files.Guard(() =>
        {
            if (!FileIO.Exists(path))
            {
                return false;
            }

            // Taken away first and looked at then: what a writer puts here in between stays, and what was taken by mistake goes back.
            string taken = files.NewTemporaryPath();
            try
            {
                FileIO.Move(path, taken);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                return false;
            }

            bool unchanged = RegularFile.TryRead(taken, Ceilings.EntryObject) is { } bytes && bytes.AsSpan().SequenceEqual(Encode(entry.Key, entry.Record.Span));
            if (unchanged)
            {
                StoreFiles.TryDelete(taken);
                TidyUp(path);
            }
            else if (!Place(taken, path, replace: false))
            {
                StoreFiles.TryDelete(taken);
            }

            return unchanged;
        }));
    }

    public ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        if (DateTimeOffset.UtcNow - entry.LastUsed >= s_noteUseAfter)
        {
            MarkUsed(Path.Combine(files.Entries, KeyPath.Of(entry.Key), FileName));
        }

        return ValueTask.CompletedTask;
    }

    private void MarkUsed(string path)
    {
        try
        {
            // Made anew and not touched: only its owner could set its time.
            string mark = MarkOf(path);
            FileIO.Delete(mark);
            // Nothing that another puts there meanwhile is opened.
            new FileStream(mark, FileMode.CreateNew, FileAccess.Write).Dispose();
            if (!FileIO.Exists(path))
            {
                TidyUp(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A store that may only be read is pruned by somebody else.
        }
    }

    private List<(string Path, DateTime Written)> Find(CacheKey? restoreKey, CancellationToken cancellationToken)
    {
        string top = restoreKey is null ? files.Entries : Path.Combine(files.Entries, KeyPath.ParentOf(restoreKey));
        List<(string, DateTime)> found = [];
        // The names come with their kinds; a look at each file beyond that would make a list of many siblings slow.
        var pending = new Stack<string>();
        Func<string, bool> mayMatch = restoreKey is null ? _ => true : KeyPath.MayStartWith(restoreKey.Parts[^1]);
        foreach ((string name, bool isDirectory) in Children(top))
        {
            if (isDirectory && mayMatch(name))
            {
                pending.Push(Path.Combine(top, name));
            }
        }

        while (pending.TryPop(out string? directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach ((string name, bool isDirectory) in Children(directory))
            {
                string path = Path.Combine(directory, name);
                if (isDirectory)
                {
                    pending.Push(path);
                }
                else if (name == FileName)
                {
                    found.Add((path, FileIO.GetLastWriteTimeUtc(path)));
                }
            }
        }

        return found;
    }

    private static IEnumerable<(string Name, bool IsDirectory)> Children(string directory)
    {
        try
        {
            return [.. EntryWalk.Names(directory)];
        }
        catch (DirectoryNotFoundException)
        {
            // Never made, or removed while it was listed.
            return [];
        }
    }

    /// <summary>Reads an entry file. One that is damaged is removed if that can be done, and is absent; one of an older format is absent.</summary>
    private IndexedEntry? Read(string path) => files.Guard(() =>
    {
        if (RegularFile.TryRead(path, Ceilings.EntryObject) is not { } bytes)
        {
            return null;
        }

        // Of a file that is not there, the time is one long past.
        (DateTime written, DateTime marked) = (FileIO.GetLastWriteTimeUtc(path), FileIO.GetLastWriteTimeUtc(MarkOf(path)));
        EntryState state = Decode(bytes, path, out CacheKey? key, out ReadOnlyMemory<byte> record);
        if (state == EntryState.Readable)
        {
            return new IndexedEntry(key!, record, written, written > marked ? written : marked);
        }

        if (state == EntryState.Damaged && StoreFiles.TryDelete(path))
        {
            TidyUp(path);
        }

        return null;
    });

    private static string MarkOf(string path) => Path.Combine(Path.GetDirectoryName(path)!, MarkName);

    /// <summary>Moves a temporary file to where an entry stands.</summary>
    /// <returns><see langword="false"/> when one is there and stays; the temporary file stays too.</returns>
    private static bool Place(string temporary, string path, bool replace)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                NewDirectory.MakeLikeParent(Path.GetDirectoryName(path)!);
                if (replace)
                {
                    FileIO.Move(temporary, path, overwrite: true);
                }
                else
                {
                    AtomicFile.MoveNew(temporary, path);
                }

                return true;
            }
            catch (IOException) when (!replace && FileIO.Exists(path))
            {
                return false;
            }
            catch (IOException error) when ((!replace || error is DirectoryNotFoundException or FileNotFoundException) && attempt < 10 && FileIO.Exists(temporary))
            {
                // Another process removed the entry that was in the way, or the last one here with the directory, just now.
            }
        }
    }

    internal static byte[] Encode(CacheKey key, ReadOnlySpan<byte> record) =>
        EntryHeader.Write(Magic, FormatVersion, [.. Encoding.ASCII.GetBytes(key.Id + "\n"), .. record]);

    internal static EntryState Decode(byte[] bytes, string path, out CacheKey? key, out ReadOnlyMemory<byte> record)
    {
        (key, record) = (null, default);
        EntryState state = EntryHeader.Read(bytes, Magic, FormatVersion, path, out ReadOnlyMemory<byte> body);
        if (state != EntryState.Readable)
        {
            return state;
        }

        int idEnd = body.Span.IndexOf((byte)'\n');
        if (idEnd < 0)
        {
            return EntryState.Damaged;
        }

        try
        {
            (key, record) = (CacheId.Parse(Encoding.ASCII.GetString(body.Span[..idEnd])), body[(idEnd + 1)..]);
            return EntryState.Readable;
        }
        catch (BuildCacheException)
        {
            return EntryState.Damaged;
        }
    }

    /// <summary>Removes what stood beside an entry that is gone, and the directories that are empty then.</summary>
    private void TidyUp(string path)
    {
        StoreFiles.TryDelete(MarkOf(path));
        try
        {
            for (string directory = Path.GetDirectoryName(path)!; directory.Length > files.Entries.Length; directory = Path.GetDirectoryName(directory)!)
            {
                Directory.Delete(directory);
            }
        }
        catch (IOException)
        {
            // Not empty, or somebody is about to put something there: both are reasons to leave it.
        }
    }
}
