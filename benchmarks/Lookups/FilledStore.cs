using System.Globalization;
using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Trust;

namespace BuildCache.Benchmarks.Lookups;

/// <summary>A store with many entries of one small file each, under keys like those of compilations: ten for each of many targets.</summary>
internal sealed class FilledStore
{
    private const int EntriesEachTarget = 10;
    private static readonly CacheScope s_scope = CacheScope.Global;

    private static readonly SigningKey s_key = SigningKey.Create();

    private FilledStore(CacheStore store, int size, bool isSigned) => (Catalog, Size, IsSigned) = (new EntryCatalog(store), size, isSigned);

    /// <summary>Its entries.</summary>
    public EntryCatalog Catalog { get; }

    /// <summary>How many there are.</summary>
    public int Size { get; }

    /// <summary>Whether its entries are signed, and each signature is verified.</summary>
    public bool IsSigned { get; }

    /// <summary>The key of an entry, by its number.</summary>
    public static CacheKey KeyOf(int number) => CacheKey.Create(s_scope, ["csc", TargetOf(number), Digest.Of(ContentOf(number)).Hash]);

    /// <summary>A key that no entry has, among those of the same target.</summary>
    public static CacheKey MissingKeyOf(int number) => CacheKey.Create(s_scope, ["csc", TargetOf(number), Digest.Of(ContentOf(-number - 1)).Hash]);

    /// <summary>A restore key that matches all entries of a target.</summary>
    public static CacheKey RestoreKeyOf(int number) => CacheKey.Create(s_scope, ["csc", TargetOf(number)]);

    /// <summary>Makes a store. The first entry is saved as entries are; the rest are put into the index with its record, which is quicker.</summary>
    public static async Task<FilledStore> MakeAsync(string directory, int size, bool isSigned = false)
    {
        CacheStore store = CacheStore.Open(directory, isSigned
            ? new SignaturePolicy([new TrustedSigner("main", s_key.PublicKey, [ScopePattern.All])], [ScopePattern.All], new SigningKeySource(s_key))
            : SignaturePolicy.None);
        var filled = new FilledStore(store, size, isSigned);
        Directory.CreateDirectory(directory);
        string file = Path.Combine(directory, "first");
        await File.WriteAllBytesAsync(file, ContentOf(0));
        await filled.Catalog.SaveAsync(KeyOf(0), [new PathToSave("assembly", file)], new EntryDetails("BuildCache.Benchmarks"));
        string record = Encoding.UTF8.GetString((await store.Entries.GetAsync(KeyOf(0)))!.Record.Span).Split('\n')[0];
        string first = Digest.Of(ContentOf(0)).Hash;
        await Parallel.ForAsync(1, size, async (number, stop) =>
        {
            byte[] content = ContentOf(number);
            Digest blob = Digest.Of(content);
            await store.Blobs.WriteAsync(blob, content, stop);
            await store.Entries.PutAsync(KeyOf(number), new EntryRecord(Encoding.UTF8.GetBytes(record.Replace(first, blob.Hash, StringComparison.Ordinal)), EntryContent.None), replace: false, stop);
        });
        return filled;
    }

    private static string TargetOf(int number) => $"src/library{number / EntriesEachTarget}/obj/library{number / EntriesEachTarget}.dll";

    // All of one size, so that the record of one fits the next.
    private static byte[] ContentOf(int number) => Encoding.ASCII.GetBytes(number.ToString("D10", CultureInfo.InvariantCulture).PadLeft(64));
}
