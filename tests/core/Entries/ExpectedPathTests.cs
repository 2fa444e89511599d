using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>A restore puts in place what its caller expects, and not what the writer of the entry chose.</summary>
public sealed class ExpectedPathTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("node-modules");
    private readonly Rig _rig = new();

    private string Target => _rig.Folder.PathOf("target");

    [Theory]
    [InlineData("Directory.Build.targets")]
    [InlineData("directory.build.PROPS")]
    [InlineData("sub/obj/App.csproj.nuget.g.targets")]
    [InlineData("sub/package.json")]
    [InlineData(".vscode/tasks.json")]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData("Makefile")]
    [InlineData("build.ps1")]
    [InlineData(".envrc")]
    public async Task A_file_that_tools_run_by_themselves_is_put_in_place_only_where_it_is_expected(string name)
    {
        CacheEntry entry = await SaveAsync("node_modules/x.js", name);

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnexpectedPath, () => RestoreAsync(ExpectedPaths.Unsaid));
        await Fails.WithAsync(ErrorId.UnexpectedPath, async () => await _rig.Catalog.RestoreAsync(entry, Target, new RestoreOptions { Expected = ExpectedPaths.Unsaid }));
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(Target));

        await RestoreAsync(ExpectedPaths.Of(Target, ["node_modules", name]));
        Assert.True(File.Exists(Path.Combine(Target, name)));
    }

    [Theory]
    [InlineData("node_modules2/x.js")]
    [InlineData("other")]
    [InlineData("Node_modules/y.js")]
    public async Task Nothing_of_an_entry_that_holds_anything_else_is_put_in_place(string name)
    {
        await SaveAsync("node_modules/x.js", name);

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnexpectedPath, () => RestoreAsync(ExpectedPaths.Of(Target, ["node_modules"])));

        Assert.Contains($"'{name}', which is not one of the expected paths 'node_modules'", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(Target));
    }

    [Fact]
    public async Task What_is_expected_may_be_less_and_lie_deeper()
    {
        await SaveAsync("out/a/x", "out/b");

        await RestoreAsync(ExpectedPaths.Of(Target, ["out/", "missing", Path.Combine(Target, "full")]));

        Assert.True(File.Exists(Path.Combine(Target, "out/a/x")));
    }

    [Fact]
    public void A_path_outside_of_the_root_cannot_be_expected() =>
        Fails.With(ErrorId.PathOutsideWorkspace, () => ExpectedPaths.Of(Target, ["../elsewhere"]));

    private async Task RestoreAsync(ExpectedPaths expected) =>
        await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target, options: new RestoreOptions { Expected = expected });

    private async Task<CacheEntry> SaveAsync(params string[] names)
    {
        foreach (string name in names)
        {
            _rig.Folder.File($"source/{name}", name);
        }

        // One by one, as an attacker's entry has them, whatever a save by name would refuse.
        return (await _rig.Catalog.SaveAsync(s_key, [.. names.Order(StringComparer.Ordinal).Select(name => new PathToSave(name, _rig.Folder.PathOf("source/" + name)))], Rig.Details)).Entry;
    }

    public void Dispose() => _rig.Dispose();
}
