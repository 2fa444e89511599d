using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

public sealed class FileSystemClockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void It_lies_between_files_made_before_and_afterwards()
    {
        long before = FileStamp.Read(_folder.File("before"))!.Value.ModifiedTicks;
        long now = FileSystemClock.Now(_folder.Root).Ticks;
        long after = FileStamp.Read(_folder.File("after"))!.Value.ModifiedTicks;

        Assert.InRange(now, before, after);
        Assert.Equal(["after", "before"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void It_counts_as_the_file_system_does()
    {
        using MountedFolder folder = FileSystems.WholeSeconds();

        Assert.Equal(0, FileSystemClock.Now(folder.Root).Ticks % TimeSpan.TicksPerSecond);
    }

    [Fact]
    public void Any_number_may_look_at_the_same_time()
    {
        DateTime before = FileSystemClock.Now(_folder.Root);
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Assert.True(FileSystemClock.Now(_folder.Root) >= before));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_an_io_error() =>
        Assert.ThrowsAny<IOException>(() => FileSystemClock.Now(Path.Combine(_folder.File("file"), "folder")));

    public void Dispose() => _folder.Dispose();
}
