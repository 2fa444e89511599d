using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.Tests.Support;

/// <summary>A folder store in a directory of its own, and short ways to use it.</summary>
public sealed class Rig : IDisposable
{
    public static readonly EntryDetails Details = new("test");

    public Rig()
    {
        Store = new FileStore(Folder.PathOf("store"));
        Faulty = new FaultyStore(Store);
        Catalog = new EntryCatalog(Faulty);
    }

    public TempFolder Folder { get; } = new();

    public FileStore Store { get; }

    public FaultyStore Faulty { get; }

    public EntryCatalog Catalog { get; }

    public static CacheKey Key(params string[] parts) => CacheKey.Create(CacheScope.Create([(ScopeKind.Project, "p")]), parts);

    /// <summary>A budget of so many bytes and no more.</summary>
    public static SpaceBudget AtMost(long bytes) => new(SizeLimit.OfBytes(bytes));

    /// <summary>Saves one file with a text, as <c>file</c>.</summary>
    public async Task<CacheEntry> SaveAsync(CacheKey key, string content, bool replace = false)
    {
        string source = Folder.File($"source/{Guid.NewGuid():n}", content);
        return (await Catalog.SaveAsync(key, [new PathToSave("file", source)], Details, replace)).Entry;
    }

    /// <summary>Saves a directory, as <c>tree</c>.</summary>
    public async Task<CacheEntry> SaveTreeAsync(CacheKey key, string directory, bool replace = false) =>
        (await Catalog.SaveAsync(key, [new PathToSave("tree", directory)], Details, replace)).Entry;

    /// <summary>Finds by the key alone and reads the one file of the entry; <see langword="null"/> for a miss.</summary>
    public async Task<string?> LoadAsync(CacheKey key)
    {
        LookupResult found = await Catalog.FindAsync(key);
        if (found.Entry is null)
        {
            return null;
        }

        string target = Folder.Folder($"target/{Guid.NewGuid():n}");
        await Catalog.RestoreAsync(found.Entry, target);
        return await File.ReadAllTextAsync(Path.Combine(target, "file"));
    }

    /// <summary>Where the store keeps a blob.</summary>
    public string BlobPath(Digest blob) => Path.Combine(Store.Root, "blobs", blob.Hash[..2], blob.Hash);

    /// <summary>Where the store keeps the blob of a text.</summary>
    public string BlobPath(string content) => BlobPath(Digest.Of(Encoding.UTF8.GetBytes(content)));

    /// <summary>Where the store keeps the entry of a key.</summary>
    public string EntryPath(CacheKey key) => Path.Combine(Store.Root, "entries", KeyPath.Of(key), "entry");

    /// <summary>Writes over a file whatever its mode.</summary>
    public static void Overwrite(string path, byte[] content)
    {
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }

    /// <summary>Sets when an entry was saved, as the store tells it.</summary>
    public void SetSaved(CacheKey key, DateTime utc) => File.SetLastWriteTimeUtc(EntryPath(key), utc);

    /// <summary>Every file of the store that is neither a blob, an entry nor the version.</summary>
    public string[] Temporaries() =>
        Directory.Exists(Path.Combine(Store.Root, "tmp")) ? Directory.GetFiles(Path.Combine(Store.Root, "tmp"), "*", SearchOption.AllDirectories) : [];

    public void Dispose() => Folder.Dispose();
}
