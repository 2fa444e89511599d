using System.Globalization;
using BuildCache.Files;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>The directories of a file store and how a file comes to stand in them.</summary>
internal sealed class StoreFiles(string root, int formatVersion) : GuardedFolder(root, "The store", "its")
{
    private static long s_counter;
    private readonly Lock _gate = new();
    private bool _checked;
    private bool _created;

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

        Guard(() => FormatMark.Check(Root, formatVersion, "The store", "name another store"));
        _checked = true;
    }

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
    public string NewTemporaryPath() =>
        Path.Combine(Temporaries, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId:x}-{Interlocked.Increment(ref s_counter):x}-{Random.Shared.NextInt64():x}"));

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
