using System.Text;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Trust;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Trust;

/// <summary>What anybody may have written behind a record is a signature, or none; it never fails, and never changes what is read without it.</summary>
public sealed class SignatureBlockTests
{
    private static readonly string s_base64 = Convert.ToBase64String(new byte[64]);

    private static readonly CacheKey s_key = Rig.Key("work");

    private static readonly SignaturePolicy s_policy =
        new([new TrustedSigner("golden", VerifyingKey.Parse(SignedMessageTests.GoldenPublicKey), [ScopePattern.All])], [ScopePattern.All]);

    public static TheoryData<string, bool> Records => new()
    {
        { "", false },
        { "\n", false },
        { "\n\n", false },
        { "{}", false },
        { "{}\n", false },
        { "{}\nbuildcache-signature", false },
        { "{}\nbuildcache-signature \n", true },
        { "{}\nbuildcache-signature 1\n", true },
        { "{}\nbuildcache-signature 1 \n", true },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId}\n", true },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId} {s_base64[..^1]}\n", true },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId} {s_base64[..^1]}!\n", true },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId} {s_base64}=\n", true },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId}  {s_base64}\n", true },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId.ToUpperInvariant()} {s_base64}\n", true },
        { $"{{}}\nbuildcache-signature 1 \u001b[31m{SignedMessageTests.GoldenId[5..]} {s_base64}\n", true },
        { $"{{}}\nbuildcache-signature 2 {SignedMessageTests.GoldenId} {s_base64}\n", true },
        { $"{{}}\nBuildcache-signature 1 {SignedMessageTests.GoldenId} {s_base64}\n", false },
        { $"buildcache-signature 1 {SignedMessageTests.GoldenId} {s_base64}\n", false },
        { $"{{}}\nbuildcache-signature 1 {SignedMessageTests.GoldenId} {s_base64}\n ", false },
        { "{}\nbuildcache-signature " + new string('1', 2000) + "\n", false },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void What_is_malformed_is_not_signed(string text, bool isStripped)
    {
        byte[] record = Encoding.UTF8.GetBytes(text);

        Assert.Null(SignatureBlock.Read(record, out ReadOnlyMemory<byte> payload));

        Assert.Equal(isStripped ? "{}" : text, Encoding.UTF8.GetString(payload.Span));
        Assert.False(s_policy.Accepts(s_key.Scope, s_policy.Verify(s_key, record)));
    }

    [Fact]
    public void What_is_appended_is_read_back()
    {
        byte[] signature = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        byte[] record = new SignatureBlock(SignedMessageTests.GoldenId, signature).AppendTo("{}"u8);

        SignatureBlock block = SignatureBlock.Read(record, out ReadOnlyMemory<byte> payload)!;

        Assert.Equal(SignedMessageTests.GoldenId, block.KeyId);
        Assert.Equal(signature, block.Signature);
        Assert.True(payload.Span.SequenceEqual("{}"u8));
    }

    [Fact]
    public void Numbers_that_no_signature_has_are_worthless()
    {
        foreach (byte value in (byte[])[0, 1, 0x7F, 0x80, 0xFF])
        {
            byte[] record = new SignatureBlock(SignedMessageTests.GoldenId, [.. Enumerable.Repeat(value, 64)]).AppendTo("{}"u8);
            Assert.Equal(SignatureState.Invalid, s_policy.Verify(s_key, record)!.State);
        }
    }

    [Fact]
    public void Two_signatures_are_no_record()
    {
        byte[] once = new SignatureBlock(SignedMessageTests.GoldenId, new byte[64]).AppendTo("{}"u8);
        byte[] twice = new SignatureBlock(SignedMessageTests.GoldenId, new byte[64]).AppendTo(once);

        Fails.With(ErrorId.BlobCorrupt, () => EntryCodec.Decode(new(s_key, twice, default, default)));
    }

    [Fact]
    public void Random_bytes_never_fail_and_are_never_accepted()
    {
        Gen<string> piece = Gen.OneOf(
            Gen.Elements("buildcache-signature ", "1 ", "2 ", SignedMessageTests.GoldenId, " ", s_base64, "\n", "{}", "=", "\0", "\u001b[2J", "é"),
            Arbitrary.Text);
        Gen<byte[]> records = Gen.OneOf(
            Arbitrary.Bytes,
            piece.ListOf().Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))));
        Arbitrary.ForAll(records, record =>
        {
            EntrySignature? signature = s_policy.Verify(s_key, record);
            try
            {
                EntryCodec.Decode(new(s_key, record, default, default));
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
            {
                // As good as absent.
            }

            return !s_policy.Accepts(s_key.Scope, signature) && (signature is null || !signature.ToString().Any(char.IsControl));
        }, times: 20_000);
    }
}
