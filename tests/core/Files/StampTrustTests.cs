using System.Text;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

/// <summary>A hash memory gives the digest of what a file holds, however the file was written.</summary>
public sealed class StampTrustTests
{
    // Older than the tick of any file system, and younger than what the system writes back by itself.
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(2.6);

    [Fact]
    public void A_write_through_a_mapping_that_was_there_before_is_noticed_on_a_disk()
    {
        using TempFolder folder = FileSystems.Disk();
        WriteThroughAnOldMapping(folder.Root);
    }

    [Fact]
    public void A_write_through_a_mapping_that_was_there_before_is_noticed_on_an_overlay()
    {
        using MountedFolder folder = FileSystems.Overlay();
        WriteThroughAnOldMapping(folder.Root);
    }

    [Fact]
    public void A_write_through_a_mapping_that_was_there_before_is_noticed_in_memory()
    {
        using TempFolder folder = FileSystems.Memory();
        WriteThroughAnOldMapping(folder.Root);
    }

    [Fact]
    public void A_write_through_a_new_mapping_is_noticed_on_a_disk()
    {
        using TempFolder folder = FileSystems.Disk();
        WriteThroughANewMapping(folder.Root);
    }

    [Fact]
    public void A_write_through_a_new_mapping_is_noticed_in_memory()
    {
        using TempFolder folder = FileSystems.Memory();
        WriteThroughANewMapping(folder.Root);
    }

    [Fact]
    public void Edits_within_a_second_are_noticed_where_times_are_whole_seconds_and_the_machine_is_ahead()
    {
        using MountedFolder folder = FileSystems.WholeSeconds();
        HashMemory memory = HashMemory.Open(Path.Combine(folder.Root, "memory"), new FakeClock(TimeSpan.FromSeconds(1.5)));
        string path = Path.Combine(folder.Root, "file");
        for (int i = 0; i < 3; i++)
        {
            Thread.Sleep(1020 - DateTime.UtcNow.Millisecond);
            File.WriteAllText(path, $"a{i}");
            Thread.Sleep(Math.Max(0, 650 - DateTime.UtcNow.Millisecond));
            Assert.Equal(DigestOf($"a{i}"), new FileHasher(memory).Hash(path).Digest);
            File.WriteAllText(path, $"b{i}");
            Assert.Equal(DigestOf($"b{i}"), new FileHasher(memory).Hash(path).Digest);
        }
    }

    [Fact]
    public void A_file_is_remembered_seconds_after_it_was_written_once_no_process_can_write_to_it()
    {
        using TempFolder folder = FileSystems.Disk();
        string path = folder.File("file", "content");
        Thread.Sleep(s_settled);
        using (new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.False(Remembers(folder, path));
        }

        Assert.True(Remembers(folder, path));
    }

    [Fact]
    public void A_file_of_an_installation_is_remembered_at_once()
    {
        string path = typeof(object).Assembly.Location;
        Assert.SkipUnless(FileSystemKinds.Of(path) != FileSystemKind.Memory && File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - TimeSpan.FromDays(1)
            && FileStamp.Read(path)!.Value.ChangedTicks < DateTime.UtcNow.Ticks - TimeSpan.TicksPerDay, "The runtime was installed today, or is in memory.");
        using var folder = new TempFolder();

        Assert.True(Remembers(folder, path));
    }

    [Fact]
    public void Nothing_is_remembered_of_a_file_from_the_future()
    {
        using TempFolder folder = FileSystems.Disk();
        string path = folder.File("file", "content");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(1));

        Assert.False(Remembers(folder, path));
    }

    [Fact]
    public void Asking_who_writes_disturbs_neither_side()
    {
        using TempFolder folder = FileSystems.Disk();
        string path = folder.File("file", "content");
        Assert.SkipWhen(OpenForWriting.Test(path) is null, "This user may not ask.");
        // A process that opens the file for writing while it is asked about makes the system send a signal, which must not end this process.
        using var writer = Tool.Start("sh", ["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); : >> \"$1\" || exit 1; done; echo $i", "sh", path])!;
        int asked = 0;
        for (; !writer.HasExited; asked++)
        {
            Assert.NotNull(OpenForWriting.Test(path));
        }

        Assert.Equal("20000", writer.StandardOutput.ReadToEnd().Trim());
        Assert.True(asked > 100);
    }

    private static void WriteThroughAnOldMapping(string root)
    {
        string path = Path.Combine(root, "file");
        File.WriteAllText(path, "a content");
        using var writer = new MappingProcess(path);
        // The time of the file is that of this write, which touches the page first.
        writer.Write('b');
        Thread.Sleep(s_settled);
        HashMemory memory = HashMemory.Open(Path.Combine(root, "memory"));
        Assert.Equal(DigestOf("b content"), new FileHasher(memory).Hash(path).Digest);

        writer.Write('c');

        Assert.Equal(DigestOf("c content"), new FileHasher(memory).Hash(path).Digest);
    }

    private static void WriteThroughANewMapping(string root)
    {
        string path = Path.Combine(root, "file");
        File.WriteAllText(path, "a content");
        Thread.Sleep(s_settled);
        HashMemory memory = HashMemory.Open(Path.Combine(root, "memory"));
        Assert.Equal(DigestOf("a content"), new FileHasher(memory).Hash(path).Digest);

        using var writer = new MappingProcess(path);
        writer.Write('b');

        Assert.Equal(DigestOf("b content"), new FileHasher(memory).Hash(path).Digest);
    }

    private static bool Remembers(TempFolder folder, string path)
    {
        HashMemory memory = HashMemory.Open(folder.PathOf($"memory/{Guid.NewGuid():n}"));
        HashedFile hashed = new FileHasher(memory).Hash(path);
        bool remembers = memory.TryGet(path, hashed.Stamp, out _, out _);
        Assert.Equal(remembers, hashed.IsSettled);
        return remembers;
    }

    private static Digest DigestOf(string text) => Digest.Of(Encoding.UTF8.GetBytes(text));
}
