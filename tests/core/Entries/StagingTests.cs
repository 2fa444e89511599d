using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Locks;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class StagingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Target => _folder.PathOf("target");

    [Fact]
    public async Task A_destination_is_never_absent()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where paths cannot be swapped there is a moment between two renames.");
        _folder.File("target/file", "0");
        using var stop = new CancellationTokenSource();
        Task<int> watching = Task.Run(() =>
        {
            int absent = 0;
            while (!stop.IsCancellationRequested)
            {
                absent += File.Exists(_folder.PathOf("target/file")) ? 0 : 1;
            }

            return absent;
        }, TestContext.Current.CancellationToken);

        for (int i = 0; i < 500; i++)
        {
            Replace(Target, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await stop.CancelAsync();
        Assert.Equal(0, await watching);
        AssertNothingBeside();
    }

    [Fact]
    public void What_a_dead_process_left_is_swept_by_the_next()
    {
        _folder.File("target/file", "old");
        string dead = Dead();
        _folder.File($"{dead}-0/half/of/it");
        _folder.File($"{dead}-1");
        TemporaryPlace living = TemporaryPlace.Begin(_folder.Root);
        Directory.CreateDirectory(living.Beside("0"));

        Replace(Target, "new");

        Assert.Equal("new", File.ReadAllText(_folder.PathOf("target/file")));
        Assert.True(Directory.Exists(living.Path + "-0"), "What a living process makes was swept.");
        living.Dispose();
        AssertNothingBeside();
    }

    [Fact]
    public void What_a_dead_process_moved_aside_is_put_back_if_nothing_took_its_place()
    {
        string dead = Dead();
        _folder.File($"{dead}-0/file", "new, and never arrived");
        _folder.File($"{dead}-1/file", "old");
        _folder.File($"{dead}-1.for", "target");

        Replace(_folder.PathOf("other"), "other");

        Assert.Equal("old", File.ReadAllText(_folder.PathOf("target/file")));
        Directory.Delete(_folder.PathOf("other"), recursive: true);
        AssertNothingBeside();
    }

    [Fact]
    public void What_a_dead_process_moved_aside_goes_if_something_took_its_place()
    {
        _folder.File("target/file", "new");
        string dead = Dead();
        _folder.File($"{dead}-1/file", "old");
        _folder.File($"{dead}-1.for", "target");

        Replace(_folder.PathOf("other"), "other");

        Assert.Equal("new", File.ReadAllText(_folder.PathOf("target/file")));
        Directory.Delete(_folder.PathOf("other"), recursive: true);
        AssertNothingBeside();
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("a/b")]
    [InlineData("")]
    public void Nothing_is_put_outside_of_its_directory(string name)
    {
        string dead = Dead("below/");
        _folder.File($"{dead}-1/file", "old");
        _folder.File($"{dead}-1.for", name);

        Replace(_folder.PathOf("below/other"), "other");

        Assert.Equal(["below"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName));
        Assert.True(File.Exists(_folder.PathOf($"{dead}-1/file")), "What cannot be put back was removed.");
    }

    [Fact]
    public void Where_paths_cannot_be_swapped_the_old_steps_aside_and_comes_back()
    {
        _folder.File("target/file", "old");
        var replacement = new Replacement(_folder.PathOf("staged"), Target, _folder.PathOf("aside"), swaps: false);
        _folder.File("staged/file", "new");

        replacement.Apply(canUndo: true);

        Assert.Equal("new", File.ReadAllText(_folder.PathOf("target/file")));
        Assert.Equal("old", File.ReadAllText(_folder.PathOf("aside/file")));
        Assert.Equal("target", File.ReadAllText(_folder.PathOf("aside.for")));
        replacement.Undo();
        Assert.Equal("old", File.ReadAllText(_folder.PathOf("target/file")));
        Assert.Equal("new", File.ReadAllText(_folder.PathOf("staged/file")));
    }

    [Fact]
    public void The_content_of_a_mount_point_is_replaced_inside_of_it()
    {
        using var disk = new SmallDisk(1000, _folder.Folder("target"));
        _folder.File("target/file", "old");
        _folder.File("target/gone/deep", "old");

        Replace(Target, "new");

        Assert.Equal("new", File.ReadAllText(_folder.PathOf("target/file")));
        Assert.Equal(["file"], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));
        AssertNothingBeside();
    }

    [Fact]
    public void The_content_of_a_mount_point_is_as_it_was_when_another_destination_fails()
    {
        using var disk = new SmallDisk(1000, _folder.Folder("target"));
        _folder.File("target/file", "old");
        _folder.File("target/gone/deep", "old");
        IReadOnlyList<string> before = FolderPicture.Of(Target);
        using (var staging = new Staging())
        {
            _folder.File(Path.GetRelativePath(_folder.Root, staging.Add(Target)) + "/file", "new");
            // Nothing was made there.
            staging.Add(_folder.PathOf("other"));

            Fails.With(ErrorId.DestinationUnavailable, staging.Commit);
        }

        Assert.Equal(before, FolderPicture.Of(Target));
        AssertNothingBeside();
    }

    [Fact]
    public void Read_only_directories_are_replaced_without_a_rest_by_an_ordinary_user()
    {
        string work = _folder.Folder("work");
        _folder.File("work/target/mod/file", "old");
        _folder.File("work/target/file", "old");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        Tool.Run("chmod", ["-R", "a-w", _folder.PathOf("work/target")]);
        Tool.Run("chmod", ["755", _folder.Root]);
        OrdinaryUser.Own(work);

        Assert.Equal((0, "", ""), OrdinaryUser.Run("stage", _folder.PathOf("work/target")));

        Assert.Equal("new", File.ReadAllText(_folder.PathOf("work/target/file")));
        Assert.Equal(["target"], Directory.GetFileSystemEntries(work).Select(Path.GetFileName));
    }

    /// <summary>Replaces a directory as the process that another user has started.</summary>
    public static int Work(string target)
    {
        Replace(target, "new");
        return 0;
    }

    private static void Replace(string target, string content)
    {
        using var staging = new Staging();
        string staged = staging.Add(target);
        Directory.CreateDirectory(staged);
        File.WriteAllText(Path.Combine(staged, "file"), content);
        staging.Commit();
    }

    // As a process leaves it that is killed: the lock is there, and free.
    private string Dead(string below = "")
    {
        string dead = below + StagingName.New();
        _folder.File($"{dead}.lock");
        return dead;
    }

    private void AssertNothingBeside() => Assert.Equal(["target"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName));

    public void Dispose() => _folder.Dispose();
}
