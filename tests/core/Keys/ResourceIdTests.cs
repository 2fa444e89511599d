using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Keys;

/// <summary>Pins the format of resource ids. The expected values were computed by another program from <c>docs/key-format.md</c>.</summary>
public sealed class ResourceIdTests
{
    private static readonly Digest s_daemon = Digest.Of("daemon 1\n"u8);
    private static readonly byte[] s_one = System.Security.Cryptography.SHA256.HashData("key one"u8), s_two = System.Security.Cryptography.SHA256.HashData("key two"u8);

    public static TheoryData<ResourceKind, string, string, string, string> Vectors => new()
    {
        { ResourceKind.Socket, "docker", ResourceIdentity.ByName(ResourceKind.Socket, "docker", null).ToString(),
            "18371bee29ca06564163cdae27de09f4150637d6364f39bfad6c4ba214a5f54d/13", "bcr1_AQEGAAAAZG9ja2VyAgAAADEzIAAAABg3G-4pygZWQWPNrifeCfQVBjfWNk85v61sS6IUpfVNgQwjbA" },
        { ResourceKind.Socket, "docker", ResourceIdentity.ByName(ResourceKind.Socket, "docker", s_daemon).ToString(),
            "aa2dea6c2e6e5dbd0ac2cea7fc1144ce1e3b2b720ded39ef4e676cc6fe146a9d/83", "bcr1_AQEGAAAAZG9ja2VyAgAAADgzIAAAAKot6mwubl29CsLOp_wRRM4eOytyDe05705nbMb-FGqdQzCwOA" },
        { ResourceKind.Socket, "/run/docker.sock", ResourceIdentity.ByServer(ResourceKind.Socket, "/run/docker.sock", s_daemon).ToString(),
            "e3d01776567d2462cc3a40f9f070ba022406323b519440571485c7aab48fc7c9/93", "bcr1_AQEQAAAAL3J1bi9kb2NrZXIuc29jawIAAAA5MyAAAADj0Bd2Vn0kYsw6QPnwcLoCJAYyO1GUQFcUhceqtI_HyeqRSWQ" },
        { ResourceKind.Socket, "/run/docker.sock", ResourceIdentity.ByItself(ResourceKind.Socket, "/run/docker.sock", "build-7", "0:25:1234:1700000000.000000005").ToString(),
            "a3114b4636f14454a1a87bb704cc494c2812b83f0c5f544af9b91036e3b32186/68", "bcr1_AQEQAAAAL3J1bi9kb2NrZXIuc29jawIAAAA2OCAAAACjEUtGNvFEVKGoe7cEzElMKBK4PwxfVEr5uRA247MhhogOpNM" },
        { ResourceKind.SshAgent, "", ResourceIdentity.ByKeys([s_two, s_one, s_two]).ToString(),
            "16fefb425f77d860fc752899fc3b0d7c0b5798a4b74bdd78669dfe51b1f52c3b/79", "bcr1_AQIAAAAAAgAAADc5IAAAABb--0Jfd9hg_HUomfw7DXwLV5ikt0vdeGad_lGx9Sw7fRUV6Q" },
        { ResourceKind.SshAgent, "", ResourceIdentity.ByKeys([]).ToString(),
            "9b11dc92068e53bb23af62cb7a18b53454ca2cff50a4796924bd73669ef27220/7", "bcr1_AQIAAAAAAQAAADcgAAAAmxHckgaOU7sjr2LLehi1NFTKLP9QpHlpJL1zZp7yciB158l1" },
        { ResourceKind.Secret, "TOKEN", ResourceIdentity.ByValue(SecretHash.Of("pässword"u8, [.. Enumerable.Range(0, 32).Select(value => (byte)value)])).ToString(),
            "3c1ff1184ff3f31de1dd14daa3dae48e231b3a622d378c785d6ad4ce41638170/39", "bcr1_AQMFAAAAVE9LRU4CAAAAMzkgAAAAPB_xGE_z8x3h3RTao9rkjiMbOmItN4x4XWrUzkFjgXAE9n4p" },
        { ResourceKind.NamedPipe, "größe", ResourceIdentity.ByName(ResourceKind.NamedPipe, "größe", null).ToString(),
            "fcd542e36262adaa487f51d997a00a7f9e8fab9e47af8b9f0a7d64fc7038040d/14", "bcr1_AQQHAAAAZ3LDtsOfZQIAAAAxNCAAAAD81ULjYmKtqkh_UdmXoAp_no-rnkevi58KfWT8cDgEDRyOvzE" },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_resource_has_this_digest_and_this_id_and_an_id_written_earlier_is_still_read(ResourceKind kind, string name, string actual, string digest, string id)
    {
        Assert.Equal(digest, actual);
        Assert.True(Digest.TryParse(digest, out Digest parsed));
        Assert.Equal(id, new ResourceId(kind, name, parsed).Id);
        ResourceId read = ResourceId.Parse(id);
        Assert.Equal((kind, name, digest), (read.Kind, read.Name, read.Digest.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("bcr1_")]
    [InlineData("bcr1_AAAA")]
    [InlineData("bcr1_AQEGAAAAZG9ja2VyAgAAADEzIAAAABg3G-4pygZWQWPNrifeCfQVBjfWNk85v61sS6IUpfVNgQwjb")]
    [InlineData("bcr1_AQEGAAAAZG9ja2VyAgAAADEzIAAAABg3G-4pygZWQWPNrifeCfQVBjfWNk85v61sS6IUpfVNgQwjbB")]
    [InlineData("bcr1_AQEGAAAAZG9ja2VyAgAAADEzIAAAABg3G-4pygZWQWPNrifeCfQVBjfWNk85v61sS6IUpfVNgQwjbA==")]
    [InlineData("bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4")]
    public void What_is_no_id_is_refused(string text) => Fails.With(ErrorId.InvalidCacheId, () => ResourceId.Parse(text));

    [Fact]
    public void A_secret_given_in_place_of_an_id_is_not_told() =>
        Assert.DoesNotContain("hunter2", Fails.With(ErrorId.InvalidCacheId, () => ResourceId.Parse("hunter2")).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Any_bytes_are_an_id_or_refused_as_none() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes =>
        {
            string text = "bcr1_" + System.Buffers.Text.Base64Url.EncodeToString([1, 1, .. bytes]);
            return Assert.Throws<BuildCacheException>(() => ResourceId.Parse(text)).Id == ErrorId.InvalidCacheId;
        });

    [Fact]
    public void An_id_is_read_back_from_its_text() =>
        Arbitrary.ForAll(
            from kind in Gen.Elements(Enum.GetValues<ResourceKind>())
            from name in Arbitrary.Text
            from content in Arbitrary.Bytes
            select new ResourceId(kind, name, Digest.Of(content)),
            id => ResourceId.Parse(id.Id).Equals(id), times: 300);

    [Fact]
    public void Resources_are_inputs_that_can_be_told_apart()
    {
        var socket = new ResourceId(ResourceKind.Socket, "/run/a.sock", Digest.Of([1]));
        var agent = new ResourceId(ResourceKind.SshAgent, "", Digest.Of([2]));
        var otherAgent = new ResourceId(ResourceKind.SshAgent, "", Digest.Of([3]));

        Fingerprint fingerprint = Builder().AddResource(socket).AddResource(agent).AddResource(otherAgent).AddResource(agent).Build();

        Assert.Equal(
            ["resource socket:/run/a.sock", "resource ssh-agent:" + otherAgent.Digest.Hash[..16], "resource ssh-agent:" + agent.Digest.Hash[..16]],
            fingerprint.Inputs.Select(input => $"{input.Kind} {input.Name}"));
        Assert.Equal("resource socket:/run/a.sock changed",
            Builder().AddResource(new ResourceId(ResourceKind.Socket, "/run/a.sock", Digest.Of([9]))).Build()
                .DifferencesFrom(Builder().AddResource(socket).Build()).Single().ToString());
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused() =>
        Fails.With(ErrorId.InvalidCacheKey, () => Builder()
            .AddResource(new ResourceId(ResourceKind.Secret, "TOKEN", Digest.Of([1]))).AddResource(new ResourceId(ResourceKind.Secret, "TOKEN", Digest.Of([2]))));

    [Fact]
    public void A_name_that_is_no_text_is_refused() => Fails.With(ErrorId.InvalidCacheKey, () => Assert.NotNull(new ResourceId(ResourceKind.Socket, "\ud800", Digest.Empty)));

    private static FingerprintBuilder Builder() => new("/src", new FileHasher(null));
}
