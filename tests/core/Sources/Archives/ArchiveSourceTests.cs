using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using BuildCache.Content;
using BuildCache.Sources;
using BuildCache.Sources.Archives;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Archives;

public sealed class ArchiveSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ArchiveSource _kind = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    [InlineData("zip")]
    public async Task An_archive_is_unpacked_without_its_top_directory(string format)
    {
        string archive = Archive(format, tar =>
        {
            tar.Directory("lib-1.0/");
            tar.File("lib-1.0/a.txt", "a");
            tar.File("lib-1.0/bin/run", "r", executable: true);
            tar.Link("lib-1.0/link", "bin/run");
        });

        string staged = await StageAsync(Source(archive) with { Options = new Dictionary<string, string> { ["strip"] = "1" } }, archive);

        Assert.Equal("a", File.ReadAllText(Path.Combine(staged, "a.txt")));
        Assert.Equal("bin/run", new FileInfo(Path.Combine(staged, "link")).LinkTarget);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(staged, "bin/run")).HasFlag(UnixFileMode.UserExecute));
        Assert.True(OperatingSystem.IsWindows() || !File.GetUnixFileMode(Path.Combine(staged, "a.txt")).HasFlag(UnixFileMode.UserExecute));
    }

    [Theory]
    [InlineData("../out.txt")]
    [InlineData("a/../../out.txt")]
    [InlineData("/tmp/out.txt")]
    [InlineData("a/..")]
    public async Task A_path_that_climbs_out_is_refused(string path)
    {
        foreach (string format in (string[])["tar.gz", "zip"])
        {
            string archive = Archive(format, tar => tar.File(path, "x"));
            BuildCacheException error = await Fails.WithAsync(ErrorId.InvalidArchive, () => StageAsync(Source(archive), archive));
            Assert.Contains("'sdk' (buildcache.json(3))", error.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(_folder.PathOf("out.txt")));
        }
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../..")]
    [InlineData("a/../../b")]
    public async Task A_link_that_leads_out_is_refused(string target)
    {
        foreach (string format in (string[])["tar", "zip"])
        {
            string archive = Archive(format, tar => tar.Link("link", target));
            await Fails.WithAsync(ErrorId.InvalidArchive, () => StageAsync(Source(archive), archive));
        }
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_of_the_archive()
    {
        string archive = Archive("tar", tar =>
        {
            tar.Directory("real/");
            tar.Link("link", "real");
            tar.File("link/file", "x");
        });

        await Fails.WithAsync(ErrorId.InvalidArchive, () => StageAsync(Source(archive), archive));
    }

    [Fact]
    public async Task A_hard_link_is_a_copy_and_one_to_elsewhere_is_refused()
    {
        string good = Archive("tar", tar =>
        {
            tar.File("a", "x");
            tar.HardLink("b", "a");
        });
        string bad = Archive("tar", tar => tar.HardLink("b", "../../etc/passwd"));

        Assert.Equal("x", File.ReadAllText(Path.Combine(await StageAsync(Source(good), good), "b")));
        await Fails.WithAsync(ErrorId.InvalidArchive, () => StageAsync(Source(bad), bad));
    }

    [Fact]
    public async Task A_device_is_refused()
    {
        string archive = Archive("tar", tar => tar.Fifo("pipe"));
        await Fails.WithAsync(ErrorId.InvalidArchive, () => StageAsync(Source(archive), archive));
    }

    [Theory]
    [InlineData(2, 1000)]
    [InlineData(100, 4)]
    public async Task Size_and_count_are_bounded(int entries, int bytes)
    {
        string archive = Archive("zip", tar =>
        {
            tar.File("a", "aa");
            tar.File("b", "bb");
            tar.File("c", "cc");
        });
        var tree = new UnpackedTree(Source(archive), _folder.Folder("bounded"), 0, new ArchiveLimits(entries, bytes));

        await Fails.WithAsync(ErrorId.InvalidArchive, () => Unpacking.UnpackAsync(archive, tree, Stop).AsTask());
    }

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("PK banana")]
    [InlineData("\u001f\u008bbanana")]
    public async Task What_is_no_archive_is_refused(string content)
    {
        string file = _folder.File("broken", Encoding.Latin1.GetBytes(content));
        await Fails.WithAsync(ErrorId.InvalidArchive, () => StageAsync(Source(file), file));
    }

    [Fact]
    public async Task A_checksum_that_differs_says_both()
    {
        string archive = Archive("tar", tar => tar.File("a", "x"));
        string other = "sha256:" + new string('0', 64);

        BuildCacheException error = await Fails.WithAsync(ErrorId.ChecksumDiffers, () => StageAsync(Source(archive) with { Ref = other }, archive));

        Assert.Contains(other, error.Message, StringComparison.Ordinal);
        Assert.Contains(Source(archive).Ref!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tracking_gives_the_checksum_of_what_is_there_over_http_too()
    {
        string archive = Archive("tar", tar => tar.File("a", "x"));
        await using GitHttpServer server = await GitHttpServer.StartAsync(_folder.Root, isSmart: false, Stop);
        string url = server.Url + Path.GetFileName(archive);

        Assert.Equal(Source(archive).Ref, await _kind.TrackAsync(Source(archive), url, Stop));
        Assert.Equal("x", File.ReadAllText(Path.Combine(await StageAsync(Source(archive), url), "a")));
        server.Credentials = "user:secret";
        await Fails.WithAsync(ErrorId.SourceAccessDenied, () => StageAsync(Source(archive), url));
        Assert.Equal("x", File.ReadAllText(Path.Combine(await StageAsync(Source(archive), url.Replace("://", "://user:secret@", StringComparison.Ordinal)), "a")));
    }

    [Fact]
    public async Task What_is_not_there_or_away_is_unavailable()
    {
        await using GitHttpServer server = await GitHttpServer.StartAsync(_folder.Root, isSmart: false, Stop);
        SourceDeclaration source = Source(_folder.File("any", "x"));

        await Fails.WithAsync(ErrorId.SourceUnavailable, () => StageAsync(source, server.Url + "gone"));
        await Fails.WithAsync(ErrorId.SourceUnavailable, () => StageAsync(source, "http://127.0.0.1:1/x"));
        await Fails.WithAsync(ErrorId.SourceUnavailable, () => StageAsync(source, _folder.PathOf("gone")));
        await Fails.WithAsync(ErrorId.InvalidSource, () => StageAsync(source, "ftp://127.0.0.1/x"));
    }

    [Fact]
    public async Task A_plain_file_keeps_its_name_or_gets_one()
    {
        string file = _folder.File("logo%20x.png", "png");
        SourceDeclaration source = Source(file);

        Assert.True(File.Exists(Path.Combine(await StageAsync(source, file, new FileSource()), "logo x.png")));
        Assert.True(File.Exists(Path.Combine(await StageAsync(source with { Options = new Dictionary<string, string> { ["name"] = "l" } }, file, new FileSource()), "l")));
    }

    [Fact]
    public void What_the_kind_does_not_take_is_refused()
    {
        SourceDeclaration source = new("sdk", "archive", "x:y");
        Fails.With(ErrorId.InvalidSource, () => _kind.Check(source with { Track = "main" }));
        Fails.With(ErrorId.InvalidSource, () => _kind.Check(source with { Options = new Dictionary<string, string> { ["strip"] = "all" } }));
        Fails.With(ErrorId.InvalidSource, () => _kind.Check(source with { Options = new Dictionary<string, string> { ["submodules"] = "true" } }));
        Fails.With(ErrorId.InvalidSource, () => new FileSource().Check(source with { Options = new Dictionary<string, string> { ["name"] = "../x" } }));
        Fails.With(ErrorId.InvalidRef, () => _kind.Check(source with { Ref = "main" }));
        Fails.With(ErrorId.InvalidRef, () => _kind.Check(source with { Ref = "sha256:12" }));
    }

    private static SourceDeclaration Source(string archive) => new("sdk", "archive", "x:y")
    {
        Ref = "sha256:" + Digest.Of(File.ReadAllBytes(archive)).Hash,
        Place = "buildcache.json(3)",
    };

    private Task<string> StageAsync(SourceDeclaration source, string url) => StageAsync(source, url, _kind);

    private async Task<string> StageAsync(SourceDeclaration source, string url, ISourceKind kind)
    {
        string directory = _folder.Folder($"staged-{Guid.NewGuid():n}");
        FetchedSource fetched = await kind.FetchAsync(source, url, directory, Stop);
        Assert.Equal(source.Ref, "sha256:" + Digest.Of(await File.ReadAllBytesAsync(fetched.File!, Stop)).Hash);
        return directory;
    }

    private string Archive(string format, Action<IArchive> fill)
    {
        string file = _folder.PathOf($"{Guid.NewGuid():n}.{format}");
        using FileStream stream = File.Create(file);
        if (format == "zip")
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
            fill(new Zip(zip));
        }
        else
        {
            using Stream target = format == "tar" ? stream : new GZipStream(stream, CompressionLevel.Fastest);
            using var tar = new TarWriter(target);
            fill(new Tar(tar));
        }

        return file;
    }

    public void Dispose() => _folder.Dispose();

    private interface IArchive
    {
        void File(string name, string content, bool executable = false);

        void Directory(string name);

        void Link(string name, string target);

        void HardLink(string name, string target);

        void Fifo(string name);
    }

    private sealed class Tar(TarWriter writer) : IArchive
    {
        public void File(string name, string content, bool executable) => writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            Mode = executable ? UnixFileMode.UserRead | UnixFileMode.UserExecute : UnixFileMode.UserRead,
        });

        public void Directory(string name) => writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, name));

        public void Link(string name, string target) => writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target });

        public void HardLink(string name, string target) => writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, name) { LinkName = target });

        public void Fifo(string name) => writer.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, name));
    }

    private sealed class Zip(ZipArchive archive) : IArchive
    {
        public void File(string name, string content, bool executable) => Write(name, content, executable ? 0x81ED : 0x81A4);

        public void Directory(string name) => archive.CreateEntry(name);

        public void Link(string name, string target) => Write(name, target, 0xA1FF);

        public void HardLink(string name, string target) => throw new NotSupportedException();

        public void Fifo(string name) => throw new NotSupportedException();

        private void Write(string name, string content, int mode)
        {
            ZipArchiveEntry entry = archive.CreateEntry(name);
            entry.ExternalAttributes = mode << 16;
            using Stream stream = entry.Open();
            stream.Write(Encoding.UTF8.GetBytes(content));
        }
    }
}
