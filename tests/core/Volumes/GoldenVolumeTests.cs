using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

/// <summary>Pins the format of volume identities. The expected values were computed by another program from <c>docs/key-format.md</c>;
/// a change here makes every volume another one.</summary>
public sealed class GoldenVolumeTests
{
    public static TheoryData<string, string[], VolumeSharing, string?, string?, string, string, string> Vectors => new()
    {
        {
            "global", ["a"], VolumeSharing.Shared, null, null,
            "011300000001010000000100000000010000000100000061010000",
            "4271bd94d8ed8cfadcf7a43ede53e1e3816704b6cb5cd6dedc54fdde89d07361/27",
            "bcv1_ARMAAAABAQAAAAEAAAAAAQAAAAEAAABhAQAAQnG9lA"
        },
        {
            "project:github.com/contoso/app", ["nuget", "net10.0"], VolumeSharing.Locked, null, null,
            "0138000000010100000004160000006769746875622e636f6d2f636f6e746f736f2f61707002000000050000006e75676574070000006e657431302e30030000",
            "e16d21bf92b1edbe57d1bfcaf96eaf9f48ecc1d3e8b39b3a8d8c88d135f251fc/64",
            "bcv1_ATgAAAABAQAAAAQWAAAAZ2l0aHViLmNvbS9jb250b3NvL2FwcAIAAAAFAAAAbnVnZXQHAAAAbmV0MTAuMAMAAOFtIb8"
        },
        {
            "team:core,branch:main", ["npm"], VolumeSharing.Private, "tools/seed", null,
            "012200000001020000000304000000636f726505040000006d61696e01000000030000006e706d02010a000000746f6f6c732f7365656400",
            "40fedcc9657ddb4605408f28765501f56981cdca01771cf8b58fd440d8ddbf1f/56",
            "bcv1_ASIAAAABAgAAAAMEAAAAY29yZQUEAAAAbWFpbgEAAAADAAAAbnBtAgEKAAAAdG9vbHMvc2VlZABA_tzJ"
        },
        {
            "user:Zoë", ["größe", "😀"], VolumeSharing.Shared, "/srv/größe", "run 7",
            "0125000000010100000006040000005a6fc3ab02000000070000006772c3b6c39f6504000000f09f988001010c0000002f7372762f6772c3b6c39f65010500000072756e2037",
            "9334003c1885836ed29722ef7a6692525c89fd9a8801a4a86e6d4f18ed57b2b1/70",
            "bcv1_ASUAAAABAQAAAAYEAAAAWm_DqwIAAAAHAAAAZ3LDtsOfZQQAAADwn5iAAQEMAAAAL3Nydi9ncsO2w59lAQUAAABydW4gN5M0ADw"
        },
        {
            "global", ["a"], VolumeSharing.Shared, null, "r",
            "0113000000010100000001000000000100000001000000610100010100000072",
            "13d59cab34c31cd17c3530cbd91c8b324c1453bb34c63d2c2d4e768cd31d8842/32",
            "bcv1_ARMAAAABAQAAAAEAAAAAAQAAAAEAAABhAQABAQAAAHIT1Zyr"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void An_identity_has_these_bytes_this_digest_and_this_id(
        string scope, string[] parts, VolumeSharing sharing, string? source, string? run, string bytes, string digest, string id)
    {
        var identity = new VolumeIdentity(CacheKey.Create(CacheScope.Parse(scope), parts), sharing, source, run);

        Assert.Equal(bytes, Convert.ToHexStringLower(identity.CanonicalBytes.Span));
        Assert.Equal(digest, identity.Digest.ToString());
        Assert.Equal(id, identity.Id);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void An_id_written_earlier_is_still_read(
        string scope, string[] parts, VolumeSharing sharing, string? source, string? run, string bytes, string digest, string id)
    {
        VolumeIdentity identity = VolumeId.Parse(id);

        Assert.Equal(CacheScope.Parse(scope), identity.Key.Scope);
        Assert.Equal(parts, identity.Key.Parts);
        Assert.Equal((sharing, source, run), (identity.Sharing, identity.Source, identity.Run));
        Assert.Equal((bytes, digest), (Convert.ToHexStringLower(identity.CanonicalBytes.Span), identity.Digest.ToString()));
    }
}
