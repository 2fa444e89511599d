using System.Text;
using BuildCache.Commands;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Fuzz;

/// <summary>Small files of BuildCache's own: the memory of hashes, volumes and mounts, who runs what, formats.</summary>
internal static class NoteTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("hash memory", [Memory()], bytes => In("memory", bytes, path =>
        {
            HashMemory memory = HashMemory.Open(path);
            memory.TryGet("/a", new FileStamp(1, 2, 3, 4, false), out _, out _);
        })),
        new FuzzTarget("volume", [Encoding.UTF8.GetBytes($"{new VolumeIdentity(CacheKey.Create(CacheScope.Global, ["v"])).Id}\n2026-01-02T03:04:05.0000000+00:00\n")],
            bytes => In("volume", bytes, path => VolumeRecord.TryRead(Path.GetDirectoryName(path)!))) { Tokens = ["\n", "bcv1_"] },
        new FuzzTarget("mount", ["""{"MountPoint":"/a","Target":"/b","VolumeId":"bcv1_","KeptAt":null,"ProcessId":1}"""u8.ToArray()],
            bytes => In("mount.json", bytes, path => MountRecord.TryRead(path))) { Tokens = ["\\ud800", "null", "{", "[", "\"MountPoint\":"], Large = [FuzzTarget.Repeat("[")] },
        new FuzzTarget("flight note", ["123\nmachine\n2026-01-02T03:04:05.0000000+00:00"u8.ToArray()],
            bytes => In("lock.by", bytes, path => FlightNote.Read(path[..^3])?.ToString())) { Tokens = ["\n", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"] },
        new FuzzTarget("format mark", ["1"u8.ToArray()], bytes => In("version", bytes, path => FormatMark.Check(Path.GetDirectoryName(path)!, 1, "The store", "name another"))),
        new FuzzTarget("placed directory", ["638000000000000000"u8.ToArray()], bytes =>
        {
            using var folder = new TempFolder();
            folder.File("records/" + Digest.Of("/dir"u8).Hash[..32], bytes);
            new PlacedDirectories(folder.PathOf("records")).UnchangedIn("/dir")(folder.File("file"));
        }),
    ];

    private static byte[] Memory()
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("memory");
        HashMemory memory = HashMemory.Open(path);
        memory.Remember("/a", new FileStamp(1, 2, 3, 4, false), Digest.Of("a"u8), 0);
        memory.Save();
        return File.ReadAllBytes(path);
    }

    private static void In(string name, byte[] content, Action<string> read)
    {
        using var folder = new TempFolder();
        read(folder.File(name, content));
    }
}
