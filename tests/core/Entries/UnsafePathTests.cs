using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>What an entry or a checkout names is put below its root, through no link, and never among git's own files.</summary>
public sealed class UnsafePathTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("unsafe");
    private readonly Rig _rig = new();

    private string Target => _rig.Folder.PathOf("target");

    [Theory]
    [InlineData("link/file", "link")]
    [InlineData("link/sub/file", "link")]
    [InlineData("a/link/file", "a/link")]
    [InlineData("dangling/file", "dangling")]
    public async Task Nothing_is_restored_through_a_link(string name, string link)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        string elsewhere = _rig.Folder.Folder("elsewhere");
        _rig.Folder.Folder("target/a");
        Directory.CreateSymbolicLink(Path.Combine(Target, "link"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(Target, "a/link"), "../../elsewhere");
        Directory.CreateSymbolicLink(Path.Combine(Target, "dangling"), _rig.Folder.PathOf("new"));
        CacheEntry entry = await SaveAsync(("good", "1"), (name, "2"));
        IReadOnlyList<string> before = FolderPicture.Of(_rig.Folder.PathOf("target"));

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnsafePath, async () => await _rig.Catalog.RestoreAsync(entry, Target));
        await Fails.WithAsync(ErrorId.UnsafePath, async () => await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target));

        Assert.Contains($"'{name}' lies behind the link '{link}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, FolderPicture.Of(Target));
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
        Assert.False(Path.Exists(_rig.Folder.PathOf("new")));
    }

    [Fact]
    public async Task The_root_may_be_a_link_and_a_link_at_a_path_itself_gives_way()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        _rig.Folder.Folder("real");
        string precious = _rig.Folder.File("precious", "mine");
        Directory.CreateSymbolicLink(Target, _rig.Folder.PathOf("real"));
        File.CreateSymbolicLink(_rig.Folder.PathOf("real/file"), precious);
        CacheEntry entry = await SaveAsync(("file", "restored"));

        await _rig.Catalog.RestoreAsync(entry, Target);

        Assert.Equal("restored", File.ReadAllText(_rig.Folder.PathOf("real/file")));
        Assert.Equal("mine", File.ReadAllText(precious));
    }

    [Theory]
    [InlineData(".git/hooks/post-checkout")]
    [InlineData(".git")]
    [InlineData(".GIT/config")]
    [InlineData("git~1/config")]
    [InlineData(".g\u200Cit/config")]
    [InlineData("a/\uFEFF.GIT/hooks/x")]
    [InlineData("sub/.git/config")]
    public async Task Git_s_own_files_are_neither_restored_nor_saved(string name)
    {
        CacheEntry entry = await SaveAsync((name, "#!/bin/sh"));
        _rig.Folder.Folder("target");

        await Fails.WithAsync(ErrorId.UnsafePath, async () => await _rig.Catalog.RestoreAsync(entry, Target));
        Fails.With(ErrorId.UnsafePath, () => PathToSave.Below(_rig.Folder.Root, [_rig.Folder.PathOf(name)]));

        Assert.Empty(Directory.GetFileSystemEntries(Target));
    }

    [Theory]
    [InlineData("link/powershell")]
    [InlineData(".git/hooks")]
    [InlineData("third/.git")]
    public void A_declared_source_is_not_put_there(string directory)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        _rig.Folder.Folder("target");
        Directory.CreateSymbolicLink(Path.Combine(Target, "link"), _rig.Folder.Folder("elsewhere"));
        var source = new SourceDeclaration("library", "git", "https://example.org/library") { Options = new SortedDictionary<string, string> { [SourceDirectory.Option] = directory } };

        Fails.With(ErrorId.UnsafePath, () => SourceDirectory.Of(Workspace.At(Target), source));
    }

    // As somebody saves it who does not use BuildCache for that.
    private async Task<CacheEntry> SaveAsync(params (string Name, string Content)[] files)
    {
        PathToSave[] paths = [.. files.Select((file, i) => new PathToSave(file.Name, _rig.Folder.File($"saved/{i}", file.Content)))];
        return (await _rig.Catalog.SaveAsync(s_key, paths, Rig.Details)).Entry;
    }

    public void Dispose() => _rig.Dispose();
}
