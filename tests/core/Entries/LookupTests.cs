using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class LookupTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("restore", "linux-x64", "new");
    private readonly Rig _rig = new();

    [Fact]
    public async Task An_empty_store_has_nothing()
    {
        LookupResult result = await _rig.Catalog.FindAsync(s_key, [Rig.Key("restore")], [CacheScope.Global, s_key.Scope]);

        Assert.Equal((LookupMatch.None, null), (result.Match, result.Entry));
        Assert.False(Directory.Exists(_rig.Store.Root), "A lookup made a store.");
    }

    [Fact]
    public async Task The_exact_key_wins_over_a_newer_restore_key()
    {
        await _rig.SaveAsync(s_key, "exact");
        await _rig.SaveAsync(Rig.Key("restore", "linux-x64", "newer"), "newer");

        Assert.Equal((LookupMatch.Exact, s_key), await FindAsync([Rig.Key("restore")]));
    }

    [Fact]
    public async Task Of_several_matches_of_a_restore_key_the_newest_wins()
    {
        foreach ((string part, int daysAgo) in ((string, int)[])[("a", 3), ("b", 1), ("c", 2)])
        {
            await _rig.SaveAsync(Rig.Key("restore", "linux-x64", part), part);
            _rig.SetSaved(Rig.Key("restore", "linux-x64", part), DateTime.UtcNow.AddDays(-daysAgo));
        }

        Assert.Equal((LookupMatch.RestoreKey, Rig.Key("restore", "linux-x64", "b")), await FindAsync([Rig.Key("restore")]));
    }

    [Fact]
    public async Task Restore_keys_are_tried_in_the_order_given_whatever_the_ages()
    {
        await _rig.SaveAsync(Rig.Key("restore", "linux-x64", "old"), "old");
        _rig.SetSaved(Rig.Key("restore", "linux-x64", "old"), DateTime.UtcNow.AddDays(-3));
        await _rig.SaveAsync(Rig.Key("restore", "win", "young"), "young");

        Assert.Equal((LookupMatch.RestoreKey, Rig.Key("restore", "linux-x64", "old")), await FindAsync([Rig.Key("restore", "linux"), Rig.Key("restore")]));
        Assert.Equal((LookupMatch.RestoreKey, Rig.Key("restore", "win", "young")), await FindAsync([Rig.Key("restore"), Rig.Key("restore", "linux")]));
    }

    [Fact]
    public async Task Scopes_are_tried_in_order_and_each_with_all_its_restore_keys()
    {
        CacheScope branch = CacheScope.Parse("branch:topic");
        CacheScope project = CacheScope.Parse("project:p");
        await _rig.SaveAsync(s_key.In(project), "exact in the project");
        CacheKey nearby = Rig.Key("restore", "other").In(branch);
        await _rig.SaveAsync(nearby, "near in the branch");

        LookupResult branchFirst = await _rig.Catalog.FindAsync(s_key, [Rig.Key("restore")], [branch, project]);
        LookupResult projectFirst = await _rig.Catalog.FindAsync(s_key, [Rig.Key("restore")], [project, branch]);

        Assert.Equal((LookupMatch.RestoreKey, nearby), (branchFirst.Match, branchFirst.Entry!.Key));
        Assert.Equal((LookupMatch.Exact, s_key.In(project)), (projectFirst.Match, projectFirst.Entry!.Key));
    }

    [Fact]
    public async Task Scopes_stand_in_place_of_the_scope_of_the_key()
    {
        await _rig.SaveAsync(s_key, "own");

        Assert.Null((await _rig.Catalog.FindAsync(s_key, [], [CacheScope.Global])).Entry);
    }

    // What a part ends or begins with must not hide it: the folder store writes some characters in another way.
    [Theory]
    [InlineData("v1.", "v1.2")]
    [InlineData("v1..", "v1...")]
    [InlineData("v1.", "v1.")]
    [InlineData(".", "..")]
    [InlineData("A", "AB")]
    [InlineData("a%", "a%2fb")]
    [InlineData("数", "数字")]
    [InlineData("entry", "entry")]
    [InlineData("used", "used")]
    [InlineData("x", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.y")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.x")]
    public async Task A_restore_key_finds_whatever_it_is_a_prefix_of(string prefix, string part)
    {
        await _rig.SaveAsync(Rig.Key("k", part), "found");
        await _rig.SaveAsync(Rig.Key("k", part, "child"), "child");
        File.Delete(_rig.EntryPath(Rig.Key("k", part)));
        await _rig.SaveAsync(Rig.Key("k", part), "found");

        LookupResult own = await _rig.Catalog.FindAsync(Rig.Key("k", "absent"), [Rig.Key("k", prefix)]);
        LookupResult child = await _rig.Catalog.FindAsync(Rig.Key("k", "absent"), [Rig.Key("k", part, "chi")]);

        Assert.Equal(Rig.Key("k", part), own.Entry?.Key);
        Assert.Equal(Rig.Key("k", part, "child"), child.Entry?.Key);
    }

    [Theory]
    [InlineData("a%", "ab")]
    [InlineData("a_", "ab")]
    [InlineData("a", "Ab")]
    [InlineData("*", "a")]
    public async Task A_restore_key_finds_nothing_else(string prefix, string part)
    {
        await _rig.SaveAsync(Rig.Key("k", part), "other");

        Assert.Null((await _rig.Catalog.FindAsync(Rig.Key("k", "absent"), [Rig.Key("k", prefix)])).Entry);
    }

    private async Task<(LookupMatch, CacheKey?)> FindAsync(IReadOnlyList<CacheKey> restoreKeys)
    {
        LookupResult result = await _rig.Catalog.FindAsync(s_key, restoreKeys);
        return (result.Match, result.Entry?.Key);
    }

    public void Dispose() => _rig.Dispose();
}
