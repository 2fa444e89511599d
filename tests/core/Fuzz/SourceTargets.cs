using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using BuildCache.Content;
using BuildCache.Sources;
using BuildCache.Sources.Archives;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Git;
using BuildCache.Sources.Mirroring;

namespace BuildCache.Tests.Fuzz;

/// <summary>Archives, mirrors, records of refs and addresses.</summary>
internal static class SourceTargets
{
    private static readonly SourceDeclaration s_source = new("source", "archive", "https://host/a.tar");
    private static readonly string[] s_paths = ["..", "../", "/", "\0", "a/", ".git", "\\", "./"];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("tar", [Tar(TarEntryFormat.Pax), Tar(TarEntryFormat.Gnu), Tar(TarEntryFormat.Ustar)], bytes => Unpack(WithChecksums(bytes))) { Tokens = [.. s_paths, "ustar\0", "30 path=../../x\n", "22 size=1000000000000\n", "17777777777", "00017777777"], BytesEach = 100, BytesAnyway = 4 * 1024 * 1024 },
        new FuzzTarget("tar.gz", [Gzip(Tar(TarEntryFormat.Pax))], Unpack) { BytesEach = 100, BytesAnyway = 4 * 1024 * 1024 },
        new FuzzTarget("zip", [Zip()], Unpack) { Tokens = ["PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", .. s_paths], BytesEach = 1000, BytesAnyway = 4 * 1024 * 1024 },
        new FuzzTarget("mirror manifest", [Encoding.UTF8.GetBytes($"buildcache-mirror 1\n{Digest.Empty.Hash} 0 a/b.git/info/refs\n{Digest.Empty.Hash} 0 a/b.git/HEAD\n")], bytes =>
        {
            MirrorManifest manifest = MirrorManifest.Parse("somewhere", bytes);
            Assert.All(manifest.Files.Keys, path => Assert.True(SafePath.IsRelative(path) && !path.EndsWith("/config", StringComparison.OrdinalIgnoreCase)));
            manifest.Repositories();
        })
        {
            Tokens = [.. s_paths, "config", "CONFIG", "hooks/update", $"{Digest.Empty.Hash} 0 "],
            Large = [FuzzTarget.Repeat("\n", "buildcache-mirror 1\n"), FuzzTarget.Repeat("a/", $"buildcache-mirror 1\n{Digest.Empty.Hash} 0 "), length => Encoding.UTF8.GetBytes("buildcache-mirror 1\n" + string.Concat(Enumerable.Range(0, length / 80).Select(i => $"{Digest.Empty.Hash} 0 {i}\n")))],
        },
        new FuzzTarget("refs of a mirror", ["0123456789012345678901234567890123456789\trefs/heads/main\nref: refs/heads/main\tHEAD\n"u8.ToArray()], bytes => RefList.Parse(Encoding.UTF8.GetString(bytes)).OfOrigin().KeptObjects())
        { Tokens = ["\t", "\n", "^{}", "refs/", "HEAD"], Large = [FuzzTarget.Repeat("\t"), FuzzTarget.Repeat("a\trefs/a\n")] },
        new FuzzTarget("record of a ref", [new RefRecord("main", Digest.Empty, DateTimeOffset.UnixEpoch).Encode()], bytes => RefRecord.TryDecode(bytes)) { Tokens = ["{", "\"ref\":", "\\ud800", "null", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"] },
        new FuzzTarget("proof of a commit", [new CommitProof([new ProvenCommit("", new string('a', 40), "tree x\n"u8.ToArray()), new ProvenCommit("sub", new string('b', 40), null)], ["run.sh"]).Encode()!], bytes =>
            Assert.All(CommitProof.TryDecode(bytes)?.Commits ?? [], commit => Assert.True(commit.Path.Length == 0 || SafePath.IsRelative(commit.Path))))
        { Tokens = [.. s_paths, "{", "null", "\"commits\":[", "\"object\":\"A\"", "\\ud800"], Large = [FuzzTarget.Repeat("["), FuzzTarget.Repeat("null,", "{\"version\":1,\"commits\":[", "null]}")] },
        new FuzzTarget("address", ["https://user:secret@host/path?sig=secret 'ssh://git@host/x'"u8.ToArray(), "../../x.git"u8.ToArray()], bytes =>
        {
            string text = Encoding.UTF8.GetString(bytes);
            Assert.False(text.StartsWith("https://user:secret@host", StringComparison.Ordinal) && GitUrl.WithoutSecrets(text).StartsWith("https://user:secret@", StringComparison.Ordinal));
            GitUrl.ForOthers(text);
            GitUrl.OfSubmodule("https://host/a/b", text);
        }) { Tokens = ["://", "@", "?", "../", "./", " "], Large = [FuzzTarget.Repeat("a"), FuzzTarget.Repeat("a://"), FuzzTarget.Repeat("a://b?c"), FuzzTarget.Repeat("../"), FuzzTarget.Repeat("a@", "a://")] },
    ];

    private static void Unpack(byte[] archive) => RestoreSandbox.Within(root =>
    {
        string file = Path.Combine(root, "..", "archive");
        try
        {
            File.WriteAllBytes(file, archive);
            Unpacking.UnpackAsync(file, new UnpackedTree(s_source, root, 0, new ArchiveLimits(1000, 16 * 1024 * 1024)), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            File.Delete(file);
        }
    });

    // Whoever changes a header can make its sum good as well.
    private static byte[] WithChecksums(byte[] tar)
    {
        byte[] made = [.. tar];
        for (int at = 0; at + 512 <= made.Length; at += 512)
        {
            Span<byte> header = made.AsSpan(at, 512);
            if (header[257..].StartsWith("ustar"u8))
            {
                header.Slice(148, 8).Fill((byte)' ');
                int sum = 0;
                foreach (byte value in header)
                {
                    sum += value;
                }

                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
            }
        }

        return made;
    }

    private static byte[] Tar(TarEntryFormat format)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, format))
        {
            tar.WriteEntry(Entry(format, TarEntryType.Directory, "dir/"));
            TarEntry file = Entry(format, TarEntryType.RegularFile, "dir/file");
            file.DataStream = new MemoryStream("content"u8.ToArray());
            tar.WriteEntry(file);
            TarEntry longName = Entry(format, TarEntryType.RegularFile, (format == TarEntryFormat.Ustar ? "" : string.Concat(Enumerable.Repeat("long/", 30))) + "name");
            longName.DataStream = new MemoryStream("x"u8.ToArray());
            tar.WriteEntry(longName);
            TarEntry link = Entry(format, TarEntryType.SymbolicLink, "dir/link");
            link.LinkName = "file";
            tar.WriteEntry(link);
            TarEntry hard = Entry(format, TarEntryType.HardLink, "hard");
            hard.LinkName = "dir/file";
            tar.WriteEntry(hard);
        }

        return bytes.ToArray();
    }

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name) => format switch
    {
        TarEntryFormat.Pax => new PaxTarEntry(type, name),
        TarEntryFormat.Gnu => new GnuTarEntry(type, name),
        _ => new UstarTarEntry(type, name),
    };

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return bytes.ToArray();
    }

    private static byte[] Zip()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            zip.CreateEntry("dir/");
            foreach ((string name, int mode) in new[] { ("dir/file", 0x81ED), ("dir/link", 0xA1FF), ("stored", 0x81A4) })
            {
                ZipArchiveEntry entry = zip.CreateEntry(name, name == "stored" ? CompressionLevel.NoCompression : CompressionLevel.Fastest);
                entry.ExternalAttributes = mode << 16;
                using Stream content = entry.Open();
                content.Write("file"u8);
            }
        }

        return bytes.ToArray();
    }
}
