using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.Benchmarks.Pruning;

/// <summary>A store with many entries as compilations leave them: a few small files of their own, many that they share with others, what was printed.</summary>
internal static class CrowdedStore
{
    private const int SharedEach = 12;
    private const int OwnEach = 2;
    private const int EntriesEachTarget = 10;

    /// <summary>How long ago the oldest entry was used.</summary>
    public static readonly TimeSpan Oldest = TimeSpan.FromDays(100);

    /// <summary>Makes a store through the interface that saving uses, but for the ages, which nobody can wait for.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="entries">How many entries, used at even intervals.</param>
    public static async Task FillAsync(string directory, int entries)
    {
        await using var store = new FileStore(directory);
        int shared = entries / 5;
        await Parallel.ForAsync(0, shared, async (i, stop) => await store.Blobs.WriteAsync(Digest.Of(Shared(i)), Shared(i), stop));
        string record = await RecordAsync(store, directory);
        DateTime now = DateTime.UtcNow;
        await Parallel.ForAsync(0, entries, async (i, stop) =>
        {
            var random = new Random(i);
            var files = new StringBuilder();
            for (int j = 0; j < SharedEach; j++)
            {
                Append(files, j, Digest.Of(Shared(random.Next(shared))));
            }

            for (int j = 0; j < OwnEach; j++)
            {
                byte[] own = Own(i, j);
                await store.Blobs.WriteAsync(Digest.Of(own), own, stop);
                Append(files, SharedEach + j, Digest.Of(own));
            }

            var used = new DateTimeOffset(now - (Oldest * ((double)(entries - i) / entries)));
            await store.Entries.PutAsync(
                KeyOf(i), new EntryRecord(Encoding.UTF8.GetBytes(record.Replace("\"files\":[]", $"\"paths\":[{files}]", StringComparison.Ordinal)), EntryContent.None, used), replace: false, stop);
        });

        // Old enough to be swept; and a copy counts as used when it is put, so the marks of that go.
        Parallel.ForEach(Directory.EnumerateFiles(Path.Combine(directory, "blobs"), "*", SearchOption.AllDirectories), path => File.SetLastWriteTimeUtc(path, now.AddDays(-1)));
        Parallel.ForEach(Directory.EnumerateFiles(Path.Combine(directory, "entries"), "used", SearchOption.AllDirectories).ToList(), File.Delete);
    }

    private static CacheKey KeyOf(int number) => CacheKey.Create(
        CacheScope.Global, ["csc", string.Create(CultureInfo.InvariantCulture, $"src/library{number / EntriesEachTarget}"), Digest.Of(Own(number, 0)).Hash]);

    // What an entry's record says besides its files, as saving writes it.
    private static async Task<string> RecordAsync(FileStore store, string directory)
    {
        CacheKey key = CacheKey.Create(CacheScope.Global, ["template"]);
        var catalog = new EntryCatalog(store);
        await catalog.SaveAsync(key, [], new EntryDetails("BuildCache.Benchmarks"));
        string record = Encoding.UTF8.GetString((await store.Entries.GetAsync(key))!.Record.Span).Replace("\"paths\":[]", "\"files\":[]", StringComparison.Ordinal);
        await catalog.RemoveAsync(key);
        return record.Contains("\"files\":[]", StringComparison.Ordinal) ? record : throw new InvalidOperationException($"The record in '{directory}' is not as expected: {record}");
    }

    private static void Append(StringBuilder files, int number, Digest blob) => files.Append(
        CultureInfo.InvariantCulture, $"{(files.Length > 0 ? "," : "")}{{\"path\":\"obj/file{number}.dll\",\"file\":\"{blob}\",\"executable\":false,\"files\":1,\"bytes\":{blob.Size}}}");

    private static byte[] Shared(int number) => Content(-1 - number, 0, 200 + (number % 100));

    private static byte[] Own(int entry, int number) => Content(entry, number, 50 + (entry % 50));

    private static byte[] Content(int first, int second, int length)
    {
        byte[] content = new byte[length];
        BinaryPrimitives.WriteInt32LittleEndian(content, first);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(sizeof(int)), second);
        return content;
    }
}
