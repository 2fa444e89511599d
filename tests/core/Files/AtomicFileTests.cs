using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_file_is_written_whole_and_leaves_nothing_beside_it()
    {
        string path = _folder.PathOf("file");

        AtomicFile.Write(path, "first");
        AtomicFile.Write(path, "second");

        Assert.Equal("second", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_file_that_is_not_placed_leaves_the_old_one_and_nothing_beside_it()
    {
        string path = _folder.File("file", "old");

        using (var file = new AtomicFile(path))
        {
            File.WriteAllText(file.TemporaryPath, "half");
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_file_that_must_be_new_does_not_replace_one()
    {
        string path = _folder.File("file", "old");
        using var file = new AtomicFile(path);
        File.WriteAllText(file.TemporaryPath, "new");

        Assert.Throws<IOException>(file.PlaceNew);

        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_nothing_beside_it()
    {
        using var disk = new SmallDisk(64);
        string path = Path.Combine(disk.Root, "file");
        AtomicFile.Write(path, "old");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, new byte[1_000_000]));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(disk.Root));
    }

    public void Dispose() => _folder.Dispose();
}
