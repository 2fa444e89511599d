using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>Links in what is saved: those that stay in it, and those that lead out of it.</summary>
public sealed class LinkTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("links");
    private static readonly EntryDetails s_withOutside = new("test") { AllowsOutsideLinks = true };
    private readonly Rig _rig = new();

    public LinkTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");

    [Fact]
    public async Task Two_saved_paths_may_link_to_each_other()
    {
        string root = Workspaces();

        await _rig.Catalog.SaveAsync(s_key, PathToSave.Below(root, ["node_modules", "packages"]), Rig.Details);
        await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target);

        Assert.Equal(FolderPicture.Of(root), FolderPicture.Of(Target));
        Assert.Equal("../packages/a", new FileInfo(Path.Combine(Target, "node_modules/a")).LinkTarget);
    }

    [Fact]
    public async Task A_link_to_what_is_not_saved_is_refused_with_the_link_and_its_target()
    {
        string root = Workspaces();

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.Catalog.SaveAsync(s_key, PathToSave.Below(root, ["node_modules"]), Rig.Details));

        Assert.Contains(Path.Combine(root, "node_modules/a"), error.Message, StringComparison.Ordinal);
        Assert.Contains("'../packages/a'", error.Message, StringComparison.Ordinal);
        Assert.Null((await _rig.Catalog.FindAsync(s_key)).Entry);
    }

    [Theory]
    [InlineData("../packages/a")]
    [InlineData("/usr/bin/python3")]
    [InlineData("a/../../../x")]
    public async Task A_link_that_leads_out_is_saved_and_restored_where_both_allow_it(string target)
    {
        string tree = _rig.Folder.Folder("tree");
        File.CreateSymbolicLink(Path.Combine(tree, "link"), target);
        await _rig.Catalog.SaveAsync(s_key, [new PathToSave("tree", tree)], s_withOutside);

        CacheEntry found = (await _rig.Catalog.FindAsync(s_key)).Entry!;
        Assert.True(found.HasOutsideLinks);
        await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.Catalog.RestoreAsync(found, Target));
        await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target));
        Assert.Empty(Directory.GetFileSystemEntries(Target));
        Assert.True(File.Exists(_rig.EntryPath(s_key)));

        await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target, options: new RestoreOptions { AllowsOutsideLinks = true });
        Assert.Equal(target, new FileInfo(Path.Combine(Target, "tree/link")).LinkTarget);
    }

    [Fact]
    public async Task An_entry_without_such_links_does_not_ask_for_them()
    {
        string root = Workspaces();
        CacheEntry saved = (await _rig.Catalog.SaveAsync(s_key, PathToSave.Below(root, ["node_modules", "packages"]), s_withOutside)).Entry;

        Assert.False(saved.HasOutsideLinks);
    }

    [Fact]
    public async Task A_link_that_cannot_be_followed_comes_back_as_it_was()
    {
        string tree = _rig.Folder.Folder("tree");
        File.CreateSymbolicLink(Path.Combine(tree, "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(tree, "nowhere"), "none");

        await _rig.SaveTreeAsync(s_key, tree);
        await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target);

        Assert.Equal(["link loop -> loop", "link nowhere -> none"], FolderPicture.Of(Path.Combine(Target, "tree")));
    }

    private string Target => _rig.Folder.Folder("target");

    private string Workspaces()
    {
        string root = _rig.Folder.Folder("root");
        _rig.Folder.File("root/packages/a/index.js", "a");
        _rig.Folder.File("root/node_modules/.package-lock.json", "{}");
        Directory.CreateSymbolicLink(Path.Combine(root, "node_modules/a"), "../packages/a");
        File.CreateSymbolicLink(Path.Combine(root, "packages/a/up.json"), "../../node_modules/.package-lock.json");
        return root;
    }

    public void Dispose() => _rig.Dispose();
}
