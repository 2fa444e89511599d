using BuildCache.Sources;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Sources;

/// <summary>Aliases and mirrors: which addresses a source has, and in which order they are asked.</summary>
public sealed class SourcePlacesTests
{
    private static readonly SourceAliases s_aliases = new(new Dictionary<string, string>
    {
        ["github"] = "https://github.com/",
        ["madler"] = "github:madler/",
        ["loop"] = "noose:x/",
        ["noose"] = "loop:y/",
    });

    private static readonly SourcePlaces s_places = new(s_aliases,
        [Mirror("eu", "https://eu/"), Mirror("us", "https://us/a/", "https://us/b/"), Mirror("mine", "file:///mine/") with { IsUser = true }], "us");

    [Theory]
    [InlineData("github:a/b.git", "https://github.com/a/b.git")]
    [InlineData("madler:zlib", "https://github.com/madler/zlib")]
    [InlineData("https://example.org/x", "https://example.org/x")]
    [InlineData("git@example.org:a/b", "git@example.org:a/b")]
    [InlineData("file:/srv/x", "file:/srv/x")]
    [InlineData("C:/x", "C:/x")]
    [InlineData("/srv/x", "/srv/x")]
    public void An_alias_is_replaced_and_an_address_stays(string url, string expanded) => Assert.Equal(expanded, s_aliases.Expand(url));

    [Fact]
    public void An_unknown_alias_is_named_with_those_there_are()
    {
        string message = Fails.With(ErrorId.UnknownAlias, () => s_aliases.Expand("gitlab:a/b")).Message;
        Assert.Contains("'gitlab'", message, StringComparison.Ordinal);
        Assert.Contains("github", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cycle_of_aliases_is_shown() =>
        Assert.Contains("loop -> noose -> loop", Fails.With(ErrorId.AliasCycle, () => s_aliases.Expand("loop:z")).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_fetched_comes_from_the_default_mirror_the_others_and_then_the_origin() =>
        Assert.Equal(["https://us/a/x", "https://us/b/x", "https://eu/x", "file:///mine/x", "https://github.com/x"], s_places.ToFetch("github:x").Select(place => place.Url));

    [Fact]
    public void What_is_tracked_is_asked_of_the_origin_alone_unless_the_policy_says_more()
    {
        Assert.Equal(["https://github.com/x"], s_places.ToTrack("github:x").Select(place => place.Url));
        Assert.Equal(["https://github.com/x", "file:///mine/x", "https://eu/x", "https://us/b/x", "https://us/a/x"],
            s_places.ToTrack("github:x", PlacePolicy.All).Select(place => place.Url));
    }

    [Theory]
    [InlineData(PlacePolicy.Origin, "https://github.com/x")]
    [InlineData(PlacePolicy.User, "file:///mine/x")]
    public void A_policy_leaves_places_out(PlacePolicy policy, string only) => Assert.Equal([only], s_places.ToFetch("github:x", policy).Select(place => place.Url));

    [Theory]
    [InlineData(PlacePolicy.Mirrors)]
    [InlineData(PlacePolicy.User)]
    public void A_source_without_alias_has_no_mirror(PlacePolicy policy) => Fails.With(ErrorId.SourceNotMirrored, () => s_places.ToFetch("https://x/y", policy));

    [Theory]
    [InlineData(PlacePolicy.Mirrors)]
    [InlineData(PlacePolicy.All)]
    public void An_unknown_alias_is_an_error_whatever_the_policy(PlacePolicy policy) => Fails.With(ErrorId.UnknownAlias, () => s_places.ToFetch("gitlab:x", policy));

    [Fact]
    public void An_order_of_ones_own_comes_before_the_usual_one()
    {
        var places = new SourcePlaces(s_aliases, [Mirror("eu", "https://eu/"), Mirror("us", "https://us/")], "us")
        {
            FetchOrder = new PlaceOrder([PlaceOrder.Origin, "eu"]),
            TrackOrder = new PlaceOrder(["us"]),
        };

        Assert.Equal(["https://github.com/x", "https://eu/x", "https://us/x"], places.ToFetch("github:x").Select(place => place.Url));
        Assert.Equal(["https://us/x", "https://github.com/x", "https://eu/x"], places.ToTrack("github:x", PlacePolicy.All).Select(place => place.Url));
        Assert.Equal(["https://eu/x", "https://us/x"], places.ToFetch("github:x", PlacePolicy.Mirrors).Select(place => place.Url));
    }

    private static SourceMirror Mirror(string name, params string[] prefixes) =>
        new(name, new Dictionary<string, IReadOnlyList<string>> { ["github"] = prefixes });

    [Theory]
    [InlineData("https://code.example.org/team/tool", "team:tool,code:team/tool")]
    [InlineData("https://code.example.org/other", "code:other")]
    [InlineData("https://code.example.org/../etc", "")]
    [InlineData("https://code.example.org/", "")]
    [InlineData("https://elsewhere.example.org/tool", "")]
    public void An_address_is_written_with_the_aliases_that_stand_for_it(string address, string expected)
    {
        var aliases = new SourceAliases(new Dictionary<string, string>
        {
            ["code"] = "https://code.example.org/",
            ["team"] = "code:team/",
            ["broken"] = "nobody:knows/",
        });

        Assert.Equal(expected, string.Join(',', aliases.Contract(address)));
    }

    [Fact]
    public void What_is_known_by_its_address_comes_from_the_mirrors_of_its_alias()
    {
        var places = new SourcePlaces(
            new SourceAliases(new Dictionary<string, string> { ["code"] = "https://code.example.org/" }),
            [new SourceMirror("near", new Dictionary<string, IReadOnlyList<string>> { ["code"] = ["https://near.example.org/"] })]);

        Assert.Equal(["https://near.example.org/tool", "https://code.example.org/tool"], places.ToFetchAddress("https://code.example.org/tool").Select(place => place.Url));
        Assert.Equal(["https://other.example.org/tool"], places.ToFetchAddress("https://other.example.org/tool").Select(place => place.Url));
        Fails.With(ErrorId.SourceNotMirrored, () => places.ToFetchAddress("https://other.example.org/tool", PlacePolicy.Mirrors));
    }
}
