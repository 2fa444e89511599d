using System.Text;
using BuildCache.Commands;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;
using BuildCache.Trust;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;
using WireDirectory = BuildCache.Content.Wire.Directory;

namespace BuildCache.Tests.Fuzz;

/// <summary>Entries, the trees that they name, and what a restore of them places.</summary>
internal static class EntryTargets
{
    private static readonly string[] s_json = ["{", "}", "[", "]", ",", ":", "\"", "\\ud800", "null", "true", "\"paths\":", "\"files\":", "\"bytes\":", "\"tree\":", "1e999"];
    private static readonly string[] s_paths = ["..", "/", "../", "a/../..", "\0", ".git", "link", "\\", "C:", "CON"];

    private static readonly CacheEntry s_entry = new(
        Rig.Key("fuzz"),
        [
            new SavedPath("out/file.txt", false, Digest.Of("file"u8), true, 1, 4, Properties: new NodeProperties((UnixFileMode)0b110_100_100, FileTime.TryCreate(1_700_000_000, 5))),
            new SavedPath("out/tree", true, Digest.Of("tree"u8), false, 3, 100, Digest.Of("messages"u8)),
        ],
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "fuzz", TimeSpan.FromSeconds(3), Digest.Of("fingerprint"u8), Digest.Of("output"u8))
    { HasOutsideLinks = true };

    private static readonly Dictionary<Digest, byte[]> s_messages = [];
    private static readonly Digest s_top = TreeCodec.Encode(Tree(), s_messages);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("entry record", [EntryCodec.Encode(s_entry), EntryCodec.Encode(s_entry with { Paths = [] })], bytes =>
        {
            CacheEntry entry = EntryCodec.Decode(new IndexedEntry(s_entry.Key, bytes, default, default));
            Assert.InRange(entry.FileCount, 0, Ceilings.TreeNodes);
            Assert.InRange(entry.Bytes, 0, Ceilings.TreeBytes);
            Assert.All(entry.Paths, path => Assert.True(SafePath.IsRelative(path.Path)));
        })
        {
            Tokens = [.. s_json, .. s_paths],
            Large =
            [
                FuzzTarget.Repeat("[", "{\"x\":"), FuzzTarget.Repeat(" ", "{", "}"),
                length => Encoding.UTF8.GetBytes("{\"paths\":[" + string.Join(',', Enumerable.Range(0, length / 90).Select(i => $$"""{"path":"{{i}}","file":"{{Digest.Empty}}"}""")) + "]}"),
                length => Encoding.UTF8.GetBytes("{\"paths\":[" + string.Concat(Enumerable.Repeat("{\"path\":\"" + string.Join('/', Enumerable.Repeat("a", 2000)) + "\",\"file\":\"x\"},", length / 4000)) + "]}"),
            ],
        },
        new FuzzTarget("entry header", [EntryHeader.Write("buildcache-entry", 1, "body"u8), "buildcache-entry 9 0 signature=x\nbody"u8.ToArray()],
            bytes => EntryHeader.Read(bytes, "buildcache-entry", 1, "name", out _))
        { Tokens = [" ", "\n", "buildcache-entry", "="], Large = [FuzzTarget.Repeat(" "), FuzzTarget.Repeat("a ", "buildcache-entry 1 ")] },
        new FuzzTarget("signature", [new SignatureBlock("0123456789abcdef0123456789abcdef", new byte[64]).AppendTo("{}"u8)], bytes =>
        {
            SignatureBlock? block = SignatureBlock.Read(bytes, out ReadOnlyMemory<byte> payload);
            Assert.InRange(payload.Length, 0, bytes.Length);
            Assert.True(block is null || block.Signature.Length == 64);
        })
        { Tokens = ["\n", " ", "buildcache-signature 1 ", "="], Large = [FuzzTarget.Repeat("\n"), FuzzTarget.Repeat("\nbuildcache-signature 1 "), FuzzTarget.Repeat("A", "{}\nbuildcache-signature 1 ", "\n")] },
        new FuzzTarget("entry file", [[.. Encoding.ASCII.GetBytes(s_entry.Key.Id + "\n"), .. EntryCodec.Encode(s_entry)]],
            // With a good checksum, which a writer of the store can make as well.
            bytes => FileEntryIndex.Decode(EntryHeader.Write("buildcache-entry", 1, bytes), "path", out _, out _))
        { Tokens = ["\n", "bck1_"], Large = [FuzzTarget.Repeat("A", "bck1_"), FuzzTarget.Repeat("\n")] },
        new FuzzTarget("tree directory", [.. s_messages.Values], bytes =>
        {
            DirectoryListing listing = TreeCodec.Decode(bytes);
            Assert.All(listing.Files, file => Assert.True(SafePath.IsName(file.Name)));
            Assert.All(listing.Directories, directory => Assert.True(SafePath.IsName(directory.Name)));
        })
        {
            Tokens = s_paths,
            Large = [length => Enumerable.Repeat((byte[])[0x0A, 0], length / 2).SelectMany(part => part).ToArray(), length => Wide(length / 80).ToByteArray(), FuzzTarget.Repeat("\x1a\x06\x0a\x01a\x12\x01" + "b")],
        },
        new FuzzTarget("tree", [TreeCodec.EncodeTree(s_top, s_messages)], bytes => TreeCodec.DecodeTree(bytes))
        { Large = [length => Enumerable.Repeat((byte[])[0x12, 0], length / 2).SelectMany(part => part).ToArray()] },
        new FuzzTarget("restore", [s_messages[s_top]], bytes => RestoreSandbox.Restore(bytes, s_messages.Values)) { Tokens = s_paths, BytesEach = 2000, BytesAnyway = 8 * 1024 * 1024 },
        new FuzzTarget("recording",
            [RecordingCodec.Encode(new CommandRecording([new RecordedItem(CommandChannel.Output, "line"), new RecordedItem(CommandChannel.Error, "é\u001b[0m"), RecordedItem.OfValue(CommandChannel.Output, Value())], 3))!],
            bytes => RecordingCodec.Decode(bytes))
        {
            Tokens = [.. s_json, "\"version\":1,\"exitCode\":0,\"failed\":false,\"items\":[", "[0,\"x\"]", "[0,null,{\"types\":[],\"text\":null,\"base\":null,\"bag\":[]},false]", "\"list\":[", "\"map\":[", "{\"Int32\":\"1\"}"],
            Large = [FuzzTarget.Repeat("[0,\"x\"],", "{\"version\":1,\"exitCode\":0,\"failed\":false,\"items\":[", "[0,\"x\"]]}"), FuzzTarget.Repeat("[")],
        },
    ];

    private static RecordedBag Value() => new(
        [
            ("Name", new RecordedScalar("a")), ("Count", new RecordedScalar(3)), ("When", new RecordedScalar(DateTime.UnixEpoch)), ("None", null),
            ("Items", new RecordedList([new RecordedScalar(true), new RecordedScalar(Guid.Empty)], ["Deserialized.System.Object[]"])),
            ("Map", new RecordedMap([(new RecordedScalar("k"), new RecordedScalar(1.5))], ["Deserialized.System.Collections.Hashtable"], IsOrdered: false)),
        ],
        ["Deserialized.A.Type"], "text", new RecordedScalar(7));

    private static TreeDirectory Tree()
    {
        var inner = new TreeDirectory();
        inner.Files["file"] = new TreeFile(RestoreSandbox.Content, true, new NodeProperties((UnixFileMode)0b111_101_101, FileTime.TryCreate(1_700_000_000, 1)));
        inner.Symlinks["link"] = "../other";
        var top = new TreeDirectory { Properties = new NodeProperties((UnixFileMode)0b111_101_101, null) };
        top.Directories["inner"] = inner;
        top.Directories["again"] = inner;
        top.Files["other"] = new TreeFile(RestoreSandbox.Content, false);
        top.Symlinks["to"] = "inner/file";
        return top;
    }

    private static WireDirectory Wide(int files)
    {
        var directory = new WireDirectory();
        directory.Files.Add(Enumerable.Range(0, files).Select(i => new BuildCache.Content.Wire.FileNode { Name = $"{i}", Digest = new BuildCache.Content.Wire.Digest { Hash = Digest.Empty.Hash } }));
        return directory;
    }
}
