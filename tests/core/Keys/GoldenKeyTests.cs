using BuildCache.Keys;

namespace BuildCache.Tests.Keys;

/// <summary>Pins the key format. The expected values were computed by another program from <c>docs/key-format.md</c>;
/// a change here makes every stored entry unreachable.</summary>
public sealed class GoldenKeyTests
{
    public static TheoryData<string, string[], string, string, string> Vectors => new()
    {
        {
            "global", ["a"],
            "01010000000100000000010000000100000061",
            "c1408d0e75b2338e282a814b7886cf5547db928e925bf8da50e011b920088374/19",
            "bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4"
        },
        {
            "project:github.com/contoso/app", ["restore", "linux-x64", "9f86d081"],
            "010100000004160000006769746875622e636f6d2f636f6e746f736f2f6170700300000007000000726573746f7265090000006c696e75782d783634080000003966383664303831",
            "3f841ab7aedc5b2da1fd584a4ebf3f6bfcdb454ee10abedd96f3256b06acb4d6/72",
            "bck1_AQEAAAAEFgAAAGdpdGh1Yi5jb20vY29udG9zby9hcHADAAAABwAAAHJlc3RvcmUJAAAAbGludXgteDY0CAAAADlmODZkMDgxP4Qatw"
        },
        {
            "branch:main,team:core", ["nuget", "packages.lock.json"],
            "01020000000304000000636f726505040000006d61696e02000000050000006e75676574120000007061636b616765732e6c6f636b2e6a736f6e",
            "85237a39310925c6c993ba740c4ae21e24faf749fb98405da81d2b20f4d13a6e/58",
            "bck1_AQIAAAADBAAAAGNvcmUFBAAAAG1haW4CAAAABQAAAG51Z2V0EgAAAHBhY2thZ2VzLmxvY2suanNvboUjejk"
        },
        {
            "user:Zoë", ["größe", "数", "😀", "%_,*/"],
            "010100000006040000005a6fc3ab04000000070000006772c3b6c39f6503000000e695b004000000f09f988005000000255f2c2a2f",
            "a503fe666755fc8e78077366481ff0ffe54684c0c645b465943df120f700f12a/53",
            "bck1_AQEAAAAGBAAAAFpvw6sEAAAABwAAAGdyw7bDn2UDAAAA5pWwBAAAAPCfmIAFAAAAJV8sKi-lA_5m"
        },
        {
            "global,organization:o,team:t,project:p,branch:b,user:u,host:h,session:s", ["A", "a"],
            "0108000000010000000002010000006f0301000000740401000000700501000000620601000000750701000000680801000000730200000001000000410100000061",
            "7236638206c706e63fe6a49fec40d72354a12bbcaee05b1652b6322a9967a55a/66",
            "bck1_AQgAAAABAAAAAAIBAAAAbwMBAAAAdAQBAAAAcAUBAAAAYgYBAAAAdQcBAAAAaAgBAAAAcwIAAAABAAAAQQEAAABhcjZjgg"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_key_has_these_bytes_this_digest_and_this_id(string scope, string[] parts, string bytes, string digest, string id)
    {
        CacheKey key = CacheKey.Create(CacheScope.Parse(scope), parts);

        Assert.Equal(bytes, Convert.ToHexStringLower(key.CanonicalBytes.Span));
        Assert.Equal(digest, key.Digest.ToString());
        Assert.Equal(id, key.Id);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void An_id_written_earlier_is_still_read(string scope, string[] parts, string bytes, string digest, string id)
    {
        CacheKey key = CacheId.Parse(id);

        Assert.Equal(CacheScope.Parse(scope), key.Scope);
        Assert.Equal(parts, key.Parts);
        Assert.Equal((bytes, digest), (Convert.ToHexStringLower(key.CanonicalBytes.Span), key.Digest.ToString()));
    }
}
