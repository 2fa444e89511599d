using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

public sealed class DirectoryRemovalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Names_that_are_not_UTF8_go()
    {
        Shell("mkdir -p top/$(printf 'caf\\351')/below && echo x > top/$(printf 'caf\\351')/below/$(printf 'a\\377') && ln -s $(printf 'a\\377') top/link && ln -s x top/$(printf 'l\\376')");

        DirectoryRemoval.Remove(_folder.PathOf("top"));

        Assert.False(Path.Exists(_folder.PathOf("top")));
    }

    [Fact]
    public void Nothing_behind_a_link_goes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        string kept = _folder.File("outside/kept", "kept");
        _folder.Folder("top/below");
        File.CreateSymbolicLink(_folder.PathOf("top/below/link"), _folder.PathOf("outside"));
        File.CreateSymbolicLink(_folder.PathOf("direct"), _folder.PathOf("outside"));

        DirectoryRemoval.Remove(_folder.PathOf("top"));
        DirectoryRemoval.Remove(_folder.PathOf("direct"));

        Assert.True(File.Exists(kept));
        Assert.Equal(["outside"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Nothing_goes_behind_a_link_that_takes_the_place_of_a_directory_meanwhile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux and macOS swap paths.");
        string kept = _folder.File("outside/kept", "kept");
        File.CreateSymbolicLink(_folder.PathOf("link"), _folder.PathOf("outside"));
        using var stop = new CancellationTokenSource();
        Task swapping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                PathSwap.Try(_folder.PathOf("link"), _folder.PathOf("top/1"));
            }
        }, TestContext.Current.CancellationToken);

        for (int i = 0; i < 200; i++)
        {
            for (int file = 0; file < 5; file++)
            {
                _folder.File($"top/{file % 3}/kept", "x");
            }

            DirectoryRemoval.TryRemove(_folder.PathOf("top"));
            Assert.True(File.Exists(kept), $"Removed through a link in round {i}.");
            Reset();
        }

        await stop.CancelAsync();
        await swapping;
    }

    [Theory]
    [InlineData(50)]
    [InlineData(70)]
    [InlineData(3000)]
    public void Any_depth_goes(int levels)
    {
        Shell($"mkdir top && cd top && i=0; while [ $i -lt {levels} ]; do echo x > file; mkdir d; cd -P d; i=$((i+1)); done");

        DirectoryRemoval.Remove(_folder.PathOf("top"));

        Assert.False(Path.Exists(_folder.PathOf("top")));
    }

    [Fact]
    public void A_directory_with_very_many_files_goes()
    {
        Shell("mkdir top && cd top && seq 1 20000 | xargs touch");

        DirectoryRemoval.Remove(_folder.PathOf("top"));

        Assert.False(Path.Exists(_folder.PathOf("top")));
    }

    [Fact]
    public void What_is_not_there_is_no_error()
    {
        Assert.True(DirectoryRemoval.TryRemove(_folder.PathOf("nothing")));
        Assert.True(DirectoryRemoval.TryRemove(_folder.PathOf("nothing/below")));
        Assert.True(DirectoryRemoval.TryRemove(_folder.File("file") + "/below"));
    }

    [Fact]
    public void What_is_mounted_stays_and_the_rest_goes()
    {
        string top = _folder.Folder("top");
        _folder.File("top/a/file");
        _folder.File("top/z/file");
        using var disk = new SmallDisk(100, _folder.Folder("top/m/disk"));
        string kept = _folder.File("top/m/disk/kept", "kept");

        IReadOnlyList<Leftover> left = DirectoryRemoval.RemoveAll(top);

        Assert.Equal(_folder.PathOf("top/m/disk"), Assert.Single(left).Path);
        Assert.True(File.Exists(kept));
        Assert.Equal([_folder.PathOf("top/m")], Directory.GetFileSystemEntries(top));
        Assert.Throws<IOException>(() => DirectoryRemoval.Remove(top));
    }

    [Fact]
    public void Directories_that_are_read_only_or_closed_go_for_an_ordinary_user()
    {
        string top = _folder.Folder("work/top");
        Shell("cd work && mkdir -p top/mod@v1/sub top/closed/sub && echo x > top/mod@v1/sub/a && echo x > top/closed/sub/b && chmod -R a-w top/mod@v1 && chmod 0 top/closed");
        OrdinaryUser.Own(_folder.PathOf("work"));
        Shell("chmod 755 .");

        Assert.Equal((0, "", ""), OrdinaryUser.Run("remove", top));

        Assert.False(Path.Exists(top));
    }

    [Fact]
    public void What_an_ordinary_user_may_not_remove_is_told_and_the_rest_goes()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "It takes a superuser to make what another user cannot remove.");
        string top = _folder.Folder("work/top");
        _folder.File("work/top/mine/a");
        OrdinaryUser.Own(_folder.PathOf("work"));
        _folder.File("work/top/roots/b");
        Shell("chmod 755 .");

        (int exitCode, string output, _) = OrdinaryUser.Run("remove", top);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"'{_folder.PathOf("work/top/roots/b")}'", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', output);
        Assert.Equal([_folder.PathOf("work/top/roots")], Directory.GetFileSystemEntries(top));
    }

    /// <summary>Removes a directory as the process that another user has started, and prints what is left.</summary>
    public static int Work(string path)
    {
        IReadOnlyList<Leftover> left = DirectoryRemoval.RemoveAll(path);
        Console.WriteLine(string.Join('\n', left));
        return left.Count == 0 ? 0 : 1;
    }

    private void Reset()
    {
        // What was swapped stands where the link was.
        while (new FileInfo(_folder.PathOf("link")).LinkTarget is null)
        {
            DirectoryRemoval.TryRemove(_folder.PathOf("link"));
            try
            {
                File.CreateSymbolicLink(_folder.PathOf("link"), _folder.PathOf("outside"));
            }
            catch (IOException)
            {
                // Swapped again.
            }
        }

        DirectoryRemoval.TryRemove(_folder.PathOf("top"));
    }

    private void Shell(string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no shell of this kind.");
        (int exitCode, _, string errors) = Tool.Run("sh", ["-c", $"cd '{_folder.Root}' && {command}"])!.Value;
        Assert.True(exitCode == 0, errors);
    }

    public void Dispose()
    {
        DirectoryRemoval.TryRemove(_folder.Root);
        _folder.Dispose();
    }
}
