using BuildCache.Configuration;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class VolumeIdentityTests
{
    private static CacheKey Key(params string[] parts) => Rig.Key(parts);

    [Fact]
    public void The_same_key_scope_and_options_are_the_same_volume()
    {
        var one = new VolumeIdentity(Key("nuget", "net10.0"), VolumeSharing.Locked, "seed");
        var other = new VolumeIdentity(Key("nuget").Append("net10.0"), VolumeSharing.Locked, "seed");

        Assert.Equal(one, other);
        Assert.Equal(one.Id, other.Id);
    }

    [Fact]
    public void Whatever_differs_makes_another_volume()
    {
        CacheKey key = Key("nuget");
        VolumeIdentity[] all =
        [
            new(key),
            new(key.In(CacheScope.Global)),
            new(Key("nuget", "a")),
            new(Key("a", "nuget")),
            new(key, VolumeSharing.Private),
            new(key, VolumeSharing.Locked),
            new(key, source: "seed"),
            new(key, source: "seed2"),
            new(key, run: "seed"),
            new(key, source: "seed", run: "seed"),
        ];

        Assert.Equal(all.Length, all.Select(identity => identity.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(new[] { "ab", "c" }, new[] { "a", "bc" })]
    [InlineData(new[] { "a", "b" }, new[] { "ab" })]
    [InlineData(new[] { "a/b" }, new[] { "a", "b" })]
    [InlineData(new[] { "a\0b" }, new[] { "a", "b" })]
    public void Parts_that_read_the_same_when_joined_are_other_volumes(string[] one, string[] other) =>
        Assert.NotEqual(new VolumeIdentity(Key(one)).Digest, new VolumeIdentity(Key(other)).Digest);

    [Fact]
    public void A_scope_and_a_key_that_read_the_same_when_joined_are_other_volumes()
    {
        var one = new VolumeIdentity(CacheKey.Create(CacheScope.Parse("project:ab"), ["c"]));
        var other = new VolumeIdentity(CacheKey.Create(CacheScope.Parse("project:a"), ["bc"]));

        Assert.NotEqual(one.Digest, other.Digest);
    }

    [Fact]
    public void An_id_gives_back_what_it_was_made_of()
    {
        var identity = new VolumeIdentity(CacheKey.Create(CacheScope.Parse("team:core,branch:main"), ["größe", "%_,*/"]), VolumeSharing.Private, "tools/seed", "run 7");

        VolumeIdentity read = VolumeId.Parse(identity.Id);

        Assert.Equal(identity, read);
        Assert.Equal(identity.Key, read.Key);
        Assert.Equal((VolumeSharing.Private, "tools/seed", "run 7"), (read.Sharing, read.Source, read.Run));
    }

    [Theory]
    [InlineData("banana")]
    [InlineData("")]
    [InlineData("bcv1_")]
    [InlineData("bcv1_banana")]
    [InlineData("bcv1_ARMAAAABAQAAAAEAAAAAAQAAAAEAAABhAQAAQnG9lB")]
    [InlineData("bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4")]
    public void A_text_that_is_no_id_is_refused_with_what_to_use(string text)
    {
        BuildCacheException error = Fails.With(ErrorId.InvalidVolumeId, () => VolumeId.Parse(text));
        Assert.Contains("Get-CacheVolume -Key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_id_of_a_volume_is_none_of_a_key() => Fails.With(ErrorId.InvalidCacheId, () => CacheId.Parse(new VolumeIdentity(Key("a")).Id));

    [Fact]
    public void Every_altered_letter_of_an_id_is_noticed()
    {
        string id = new VolumeIdentity(Key("a", "b"), source: "s").Id;
        for (int i = 0; i < id.Length; i++)
        {
            string altered = id[..i] + (id[i] == 'A' ? 'B' : 'A') + id[(i + 1)..];
            Fails.With(ErrorId.InvalidVolumeId, () => VolumeId.Parse(altered));
        }
    }

    [Fact]
    public void An_empty_source_or_run_is_refused()
    {
        Fails.With(ErrorId.InvalidCacheKey, () => _ = new VolumeIdentity(Key("a"), source: ""));
        Fails.With(ErrorId.InvalidCacheKey, () => _ = new VolumeIdentity(Key("a"), run: ""));
        Fails.With(ErrorId.InvalidCacheKey, () => _ = new VolumeIdentity(Key("a", "")));
    }

    [Fact]
    public void A_source_has_one_name_in_every_checkout()
    {
        using var folder = new TempFolder();
        Workspace one = Workspace.At(folder.Folder("one"));
        Workspace two = Workspace.At(folder.Folder("two"));

        Assert.Equal("tools/seed", VolumeIdentity.NameSource(one, Path.Combine(one.Root, "tools", "seed") + Path.DirectorySeparatorChar));
        Assert.Equal("tools/seed", VolumeIdentity.NameSource(two, Path.Combine(two.Root, "x", "..", "tools", "seed")));
        Assert.Equal(folder.PathOf("elsewhere"), VolumeIdentity.NameSource(one, folder.PathOf("elsewhere")));
        Assert.Equal("..seed", VolumeIdentity.NameSource(one, Path.Combine(one.Root, "..seed")));
    }
}
