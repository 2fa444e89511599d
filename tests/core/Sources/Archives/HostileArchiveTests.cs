using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using BuildCache.Content;
using BuildCache.Sources;
using BuildCache.Sources.Archives;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Archives;

/// <summary>Archives that are made to write elsewhere, to fill a disk or to leave a trap.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("link a/b/c ../..", "link a/b/c/x ../../../outside.txt")]
    [InlineData("link a/b/c/x ../../../outside.txt", "link a/b/c ../..")]
    [InlineData("link a/b real", "dir a/b/c")]
    [InlineData("link a/b real", "file a/b/c x")]
    [InlineData("file a x", "file a/b x")]
    [InlineData("file a x", "link a/b c")]
    [InlineData("file a x", "dir a")]
    [InlineData("dir a", "link a real")]
    [InlineData("file a x", "link a real")]
    [InlineData("link a real", "hard b a")]
    [InlineData("dir d", "hard b d")]
    [InlineData("hard b b", "file b x")]
    [InlineData("file x/.git/config x", "file y y")]
    [InlineData("file .GIT/hooks/post-checkout x", "file y y")]
    [InlineData("link .git elsewhere", "file y y")]
    [InlineData("file .git x", "file y y")]
    public async Task What_would_be_in_the_place_of_another_or_behind_a_link_is_refused(string first, string second)
    {
        string archive = Tar(first, second);
        string directory = _folder.Folder("inside/staged");

        await Fails.WithAsync(ErrorId.InvalidArchive, () => UnpackAsync(archive, directory));

        Assert.False(Path.Exists(_folder.PathOf("inside/outside.txt")) || Path.Exists(_folder.PathOf("outside.txt")));
    }

    [Fact]
    public async Task A_later_entry_of_a_name_replaces_the_earlier_one()
    {
        string directory = _folder.Folder("staged");

        await UnpackAsync(Tar("file a one", "link b a", "file a two", "file b plain", "hard c a"), directory);

        Assert.Equal(("two", "plain", "two"), (File.ReadAllText(Path.Combine(directory, "a")), File.ReadAllText(Path.Combine(directory, "b")), File.ReadAllText(Path.Combine(directory, "c"))));
        Assert.Null(new FileInfo(Path.Combine(directory, "b")).LinkTarget);
    }

    [Fact]
    public async Task Names_that_differ_in_case_are_two_files_where_the_file_system_has_it_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Others take them for one, which is refused.");
        string directory = _folder.Folder("staged");

        await UnpackAsync(Tar("file net/xt_DSCP.c one", "file net/xt_dscp.c two"), directory);

        Assert.Equal(2, Directory.GetFiles(Path.Combine(directory, "net")).Length);
    }

    [Fact]
    public async Task A_link_in_a_zip_behind_a_link_is_refused_and_so_is_one_with_an_endless_target()
    {
        string chain = Zip(zip =>
        {
            Link(zip, "a/b/c", "../..");
            Link(zip, "a/b/c/x", "../../../outside.txt");
        });
        string endless = Zip(zip => Link(zip, "a", new string('x', 5000)));

        await Fails.WithAsync(ErrorId.InvalidArchive, () => UnpackAsync(chain, _folder.Folder("one")));
        await Fails.WithAsync(ErrorId.InvalidArchive, () => UnpackAsync(endless, _folder.Folder("two")));
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar.gz")]
    [InlineData("tar.gz, left out by 'strip'")]
    public async Task What_unpacks_to_a_thousand_times_its_size_is_refused_before_the_disk_is_full(string format)
    {
        const long Claimed = 700L << 20;
        string file = _folder.PathOf("bomb");
        using (FileStream stream = File.Create(file))
        {
            if (format == "zip")
            {
                using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
                using Stream entry = zip.CreateEntry("zeros").Open();
                WriteZeros(entry, Claimed);
            }
            else
            {
                using var packed = new GZipStream(stream, CompressionLevel.Optimal);
                WriteHeader(packed, "zeros", format == "tar.gz" ? Claimed : 8L << 30);
                WriteZeros(packed, format == "tar.gz" ? Claimed : 1L << 30);
            }
        }

        string directory = _folder.Folder("staged");
        var limits = ArchiveLimits.Of(new FileInfo(file).Length);
        var tree = new UnpackedTree(new SourceDeclaration("sdk", "archive", "x:y"), directory, format.Contains("strip", StringComparison.Ordinal) ? 1 : 0, limits);
        await Fails.WithAsync(ErrorId.InvalidArchive, () => Unpacking.UnpackAsync(file, tree, Stop).AsTask());

        Assert.InRange(limits.Bytes, 256L << 20, Claimed + (200 << 20));
        Assert.InRange(Directory.EnumerateFiles(directory).Sum(staged => new FileInfo(staged).Length), 0, limits.Bytes);
    }

    [Fact]
    public async Task A_download_without_end_is_given_up_before_its_checksum_is_known()
    {
        _folder.File("served/large", new string('x', 100_000));
        await using GitHttpServer server = await GitHttpServer.StartAsync(_folder.PathOf("served"), isSmart: false, Stop);
        var source = new SourceDeclaration("sdk", "file", "x:y");

        foreach (string address in (string[])[server.Url + "large", _folder.PathOf("served/large")])
        {
            BuildCacheException error = await Fails.WithAsync(ErrorId.SourceUnavailable, () => Download.ToFileAsync(source, address, _folder.PathOf("got"), 50_000, Stop).AsTask());
            Assert.Contains("more than 50,000 bytes", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_device_is_no_source()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The device is one of Linux.");

        Assert.Contains("not a regular file", (await Fails.WithAsync(ErrorId.SourceUnavailable, () =>
            Download.ToFileAsync(new SourceDeclaration("sdk", "file", "x:y"), "file:///dev/zero", _folder.PathOf("got"), Stop).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_of_a_download_do_not_follow_a_redirect_and_no_file_does()
    {
        _folder.File("served/a", "x");
        await using GitHttpServer evil = await GitHttpServer.StartAsync(_folder.PathOf("served"), isSmart: false, Stop);
        await using GitHttpServer server = await GitHttpServer.StartAsync(_folder.PathOf("served"), isSmart: false, Stop);
        server.Redirect = path => evil.Url.TrimEnd('/') + path;
        var source = new SourceDeclaration("sdk", "file", "x:y");

        await Download.ToFileAsync(source, server.Url.Replace("://", "://me:secret@", StringComparison.Ordinal) + "a", _folder.PathOf("got"), Stop);
        Assert.NotEmpty(server.SeenCredentials);
        Assert.Empty(evil.SeenCredentials);
        server.Redirect = _ => "file://" + _folder.PathOf("served/a");
        await Fails.WithAsync(ErrorId.SourceUnavailable, () => Download.ToFileAsync(source, server.Url + "a", _folder.PathOf("other"), Stop).AsTask());
    }

    private string Tar(params string[] entries)
    {
        string file = _folder.PathOf($"{Guid.NewGuid():n}.tar");
        using FileStream stream = File.Create(file);
        using var tar = new TarWriter(stream);
        foreach (string[] entry in entries.Select(entry => entry.Split(' ', 3)))
        {
            TarEntryType type = entry[0] switch { "dir" => TarEntryType.Directory, "link" => TarEntryType.SymbolicLink, "hard" => TarEntryType.HardLink, _ => TarEntryType.RegularFile };
            var added = new PaxTarEntry(type, entry[1]);
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                added.LinkName = entry[2];
            }
            else if (type == TarEntryType.RegularFile)
            {
                added.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(entry[2]));
            }

            tar.WriteEntry(added);
        }

        return file;
    }

    private string Zip(Action<ZipArchive> fill)
    {
        string file = _folder.PathOf($"{Guid.NewGuid():n}.zip");
        using FileStream stream = File.Create(file);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        fill(zip);
        return file;
    }

    private static void Link(ZipArchive zip, string name, string target)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name);
        entry.ExternalAttributes = 0xA1FF << 16;
        using Stream stream = entry.Open();
        stream.Write(Encoding.UTF8.GetBytes(target));
    }

    private static void WriteHeader(Stream stream, string name, long size)
    {
        byte[] header = new byte[512];
        Encoding.ASCII.GetBytes(name, header);
        Encoding.ASCII.GetBytes("0000644\0", header.AsSpan(100));
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0'), header.AsSpan(124));
        Encoding.ASCII.GetBytes("00000000000", header.AsSpan(136));
        header[156] = (byte)'0';
        Encoding.ASCII.GetBytes("ustar\0" + "00", header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0') + "\0 ", header.AsSpan(148));
        stream.Write(header);
    }

    private static void WriteZeros(Stream stream, long count)
    {
        byte[] zeros = new byte[1 << 20];
        for (; count > 0; count -= zeros.Length)
        {
            stream.Write(zeros);
        }
    }

    private static async Task UnpackAsync(string archive, string directory)
    {
        SourceDeclaration source = new("sdk", "archive", "x:y") { Ref = "sha256:" + Digest.Of(await File.ReadAllBytesAsync(archive, Stop)).Hash };
        await new ArchiveSource().FetchAsync(source, archive, directory, Stop);
    }

    public void Dispose() => _folder.Dispose();
}
