using System.Text;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Tests.Trust;

/// <summary>Pins what is signed. The message was put together by another program from <c>docs/signing.md</c>, and OpenSSL signed it with
/// the key of RFC 6979, A.2.5; a change here makes every signature invalid.</summary>
public sealed class SignedMessageTests
{
    internal const string GoldenPublicKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==";
    internal const string GoldenId = "5a7a78cca4a0f420d9bc62bb669c3c27";
    private const string Payload = """{"creator":"test","paths":[]}""";
    private const string Message =
        "011a0000004275696c64436163686520656e747279207369676e617475726548000000010100000004160000006769746875622e636f6d2f636f6e746f736f2f6170700300000007"
        + "000000726573746f7265090000006c696e75782d7836340800000039663836643038311d0000007b2263726561746f72223a2274657374222c227061746873223a5b5d7d";
    private const string Signature = "obQDYTGCVhuq9B3S9zX1axXNjl6DGKtZtPjm9YcqM/ftO7vPjPzRbqjMQ/cBwPMxY5lhBbUl+IU1vEVP6dOqPw==";

    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Parse("project:github.com/contoso/app"), ["restore", "linux-x64", "9f86d081"]);

    private static readonly SignaturePolicy s_policy = new([new TrustedSigner("golden", VerifyingKey.Parse(GoldenPublicKey), [ScopePattern.All])], [ScopePattern.All]);

    private static byte[] Record => Encoding.ASCII.GetBytes($"{Payload}\nbuildcache-signature 1 {GoldenId} {Signature}\n");

    [Fact]
    public void A_record_under_a_key_has_this_message() =>
        Assert.Equal(Message, Convert.ToHexStringLower(SignedMessage.Of(s_key, Encoding.ASCII.GetBytes(Payload))));

    [Fact]
    public void A_public_key_has_this_id() => Assert.Equal(GoldenId, VerifyingKey.Parse(GoldenPublicKey).Id);

    [Fact]
    public void A_signature_of_OpenSSL_is_good() =>
        Assert.Equal(new EntrySignature(GoldenId, "golden", SignatureState.Trusted), s_policy.Verify(s_key, Record));

    [Fact]
    public void The_record_without_it_is_what_was_signed()
    {
        Assert.NotNull(SignatureBlock.Read(Record, out ReadOnlyMemory<byte> payload));
        Assert.Equal(Payload, Encoding.ASCII.GetString(payload.Span));
        Assert.Equal("test", EntryCodec.Decode(new(s_key, Record, default, default)).Creator);
    }

    [Fact]
    public void A_change_of_any_bit_of_record_or_signature_makes_it_worthless()
    {
        byte[] record = Record;
        for (int i = 0; i < record.Length; i++)
        {
            byte[] changed = [.. record];
            changed[i] ^= 1;
            Assert.False(s_policy.Accepts(s_key.Scope, s_policy.Verify(s_key, changed)), $"Byte {i} counts for nothing.");
        }
    }

    [Theory]
    [InlineData("project:github.com/contoso/app", "restore", "linux-x64", "9f86d082")]
    [InlineData("project:github.com/contoso/app", "restore", "linux-x64")]
    [InlineData("project:github.com/contoso/app", "restore", "linux-x64", "9f86d081", "more")]
    [InlineData("project:github.com/contoso/ap", "prestore", "linux-x64", "9f86d081")]
    [InlineData("team:github.com/contoso/app", "restore", "linux-x64", "9f86d081")]
    [InlineData("global", "restore", "linux-x64", "9f86d081")]
    [InlineData("project:github.com/contoso/app,branch:main", "restore", "linux-x64", "9f86d081")]
    public void Under_any_other_key_or_scope_it_is_worthless(string scope, params string[] parts) =>
        Assert.Equal(SignatureState.Invalid, s_policy.Verify(CacheKey.Create(CacheScope.Parse(scope), parts), Record)!.State);
}
