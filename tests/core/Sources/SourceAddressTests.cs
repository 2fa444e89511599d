using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources;

/// <summary>What a checkout appends to an address of the user's does not lead to another host.</summary>
public sealed class SourceAddressTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://me:secret@near.example", ".evil.example/x")]
    [InlineData("https://me:secret@near.example", ":8080/x")]
    [InlineData("https://me:secret@near.example", "@evil.example/x")]
    [InlineData("https://me:secret@near.example", "\\@evil.example/x")]
    [InlineData("https://me:secret@near.example", "?@evil.example/x")]
    [InlineData("https://me:secret@near.example", "#@evil.example/x")]
    [InlineData("https://me:secret@near.example:80", "80/x")]
    [InlineData("https://me:secret@", "evil.example/x")]
    [InlineData("https://", "evil.example/x")]
    [InlineData("https://me:secret@near.example/team/", "../other/x")]
    [InlineData("https://me:secret@near.example/team/", "x/%2E%2e/%2e%2E/other")]
    [InlineData("https://me:secret@near.example/team/", "..\\other")]
    [InlineData("git@near.example", ".evil.example:x")]
    [InlineData("/srv/mirror/", "../../home/me/private")]
    public void A_rest_that_leaves_the_host_or_the_folder_of_its_prefix_is_refused(string prefix, string rest)
    {
        var aliases = new SourceAliases(new Dictionary<string, string> { ["near"] = prefix, ["far"] = "https://far.example/", ["chain"] = "near:" });
        var places = new SourcePlaces(aliases, [new SourceMirror("mine", new Dictionary<string, IReadOnlyList<string>> { ["far"] = [prefix] }, IsUser: true)]);

        foreach (Action expand in (Action[])[() => aliases.Expand("near:" + rest), () => aliases.Expand("chain:" + rest), () => places.ToFetch("far:" + rest), () => places.ToTrack("far:" + rest, PlacePolicy.All)])
        {
            BuildCacheException error = Fails.With(ErrorId.InvalidSource, expand);
            Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://near.example/", "a/b.git", "https://near.example/a/b.git")]
    [InlineData("https://near.example", "/a/b", "https://near.example/a/b")]
    [InlineData("https://near.example/get?name=", "a", "https://near.example/get?name=a")]
    [InlineData("git@near.example:", "a/b", "git@near.example:a/b")]
    [InlineData("ssh://git@near.example:2222/", "a..b", "ssh://git@near.example:2222/a..b")]
    [InlineData("file:///srv/", "a", "file:///srv/a")]
    [InlineData("/srv/", "a", "/srv/a")]
    public void Others_are_joined(string prefix, string rest, string joined) => Assert.Equal(joined, SourceAddress.TryJoin(prefix, rest));

    [Fact]
    public async Task Credentials_of_a_mirror_without_a_slash_do_not_go_to_another_port()
    {
        new Repository(_folder.PathOf("library")).Commit(("a", "1"));
        await using GitHttpServer evil = await GitHttpServer.StartAsync(_folder.Root, cancellationToken: Stop);
        evil.Credentials = "me:secret";
        var places = new SourcePlaces(
            new SourceAliases(new Dictionary<string, string> { ["far"] = "https://far.invalid/" }),
            [new SourceMirror("mine", new Dictionary<string, IReadOnlyList<string>> { ["far"] = ["http://me:secret@127.0.0.1"] }, IsUser: true)]);
        var source = new SourceDeclaration("library", "git", $"far::{new Uri(evil.Url).Port}/library") { Ref = new string('1', 40) };

        await Fails.WithAsync(ErrorId.InvalidSource, () => new SourceStager(places, null).StageAsync(source, _folder.PathOf("staged"), cancellationToken: Stop).AsTask());

        Assert.Empty(evil.SeenCredentials);
        Assert.Equal(0, evil.Requests);
    }

    [Fact]
    public void A_submodule_whose_address_only_begins_like_an_alias_is_none_of_it()
    {
        var aliases = new SourceAliases(new Dictionary<string, string> { ["near"] = "https://near.example" });

        Assert.Empty(aliases.Contract("https://near.example.evil.example/x"));
        Assert.Equal(["near:/x"], aliases.Contract("https://near.example/x"));
    }

    [Fact]
    public void A_service_that_a_checkout_names_hears_no_address_of_the_users_own()
    {
        var aliases = new SourceAliases(new Dictionary<string, string> { ["corp"] = "https://code.corp.example/", ["pub"] = "https://pub.example/", ["via"] = "corp:team/" }) { OfUser = new HashSet<string> { "corp" } };
        SourceMirror[] mirrors =
        [
            new("mine", new Dictionary<string, IReadOnlyList<string>> { ["pub"] = ["https://mirror.corp.example/"] }, IsUser: true),
            new("theirs", new Dictionary<string, IReadOnlyList<string>> { ["pub"] = ["https://theirs.example/"] }),
            new("through", new Dictionary<string, IReadOnlyList<string>> { ["pub"] = ["corp:pub/"] }),
        ];

        var hidden = new SourcePlaces(aliases, mirrors) { HidesOfUser = true };
        Assert.Equal(["https://theirs.example/x", "https://pub.example/x"], hidden.All("pub:x"));
        Assert.Empty(hidden.All("corp:secret"));
        Assert.Empty(hidden.All("via:secret"));
        Assert.Equal(4, new SourcePlaces(aliases, mirrors).All("pub:x").Count);
    }

    public void Dispose() => _folder.Dispose();
}
