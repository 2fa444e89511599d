using BuildCache.Sources;

namespace BuildCache.Tests.Sources;

/// <summary>What tells a staged source from another, and what does not.</summary>
public sealed class SourceKeyTests
{
    private static readonly SourceDeclaration s_source = new("zlib", "git", "github:madler/zlib") { Track = "main", Ref = new string('a', 40) };

    [Fact]
    public void The_format_stays() => Assert.Equal("08742ace0abf9f5b91e8b75739f10f1e3d80e6607d78d01032383b5bc8fa6c56", HashOf(s_source));

    [Fact]
    public void Its_name_the_branch_the_way_to_write_the_commit_and_the_place_to_stage_it_do_not_matter()
    {
        string expected = HashOf(s_source);
        Assert.Equal(expected, HashOf(s_source with { Name = "other", Track = null, Place = "x(1)" }));
        Assert.Equal(expected, HashOf(s_source with { Ref = new string('A', 40) }));
        Assert.Equal(expected, HashOf(s_source with { Ref = "v1.0-3-g" + new string('a', 40) }));
        Assert.Equal(expected, HashOf(s_source with { Options = new Dictionary<string, string> { ["directory"] = "deps/zlib" } }));
    }

    [Fact]
    public void The_address_the_ref_and_the_options_do()
    {
        SourceDeclaration[] others =
        [
            s_source with { Url = "github:madler/zlib2" },
            s_source with { Ref = new string('b', 40) },
            s_source with { Options = new Dictionary<string, string> { ["submodules"] = "false" } },
            new("zlib", "file", "github:madler/zlib") { Ref = "sha256:" + new string('a', 64) },
            new("zlib", "archive", "github:madler/zlib") { Ref = "sha256:" + new string('a', 64) },
        ];
        Assert.Equal(others.Length + 1, others.Append(s_source).Select(HashOf).Distinct().Count());
    }

    private static string HashOf(SourceDeclaration source) => SourceKey.Of(source, SourceKinds.Of(source)).Parts[^1];
}
