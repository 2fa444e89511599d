using System.Buffers.Text;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Keys;

public sealed class InvalidIdTests
{
    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Parse("project:p"), ["a", "bc"]);

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("bck1_")]
    [InlineData("bck1_banana")]
    [InlineData("bck2_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4")]
    [InlineData("BCK1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4")]
    [InlineData("bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4=")]
    [InlineData("bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4\n")]
    [InlineData(" bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4")]
    [InlineData("bck1_AQEAAAABAAAAAAE AAAABAAAAYcFAjQ4")]
    [InlineData("bck1_é")]
    public void What_is_no_id_is_refused(string text) => Fails.With(ErrorId.InvalidCacheId, () => CacheId.Parse(text));

    [Fact]
    public void The_message_names_the_command_that_makes_ids() =>
        Assert.Contains("New-CacheKey", Fails.With(ErrorId.InvalidCacheId, () => CacheId.Parse("banana")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_truncated_id_is_refused_wherever_it_was_cut()
    {
        for (int length = 0; length < s_key.Id.Length; length++)
        {
            Fails.With(ErrorId.InvalidCacheId, () => CacheId.Parse(s_key.Id[..length]));
        }
    }

    [Fact]
    public void A_second_spelling_of_the_spare_bits_at_the_end_is_refused()
    {
        // 19 bytes and a check of 4 leave 23, which base64 ends with two spare bits.
        const string Id = "bck1_AQEAAAABAAAAAAEAAAABAAAAYcFAjQ4";
        Assert.Equal(CacheKey.Create(CacheScope.Global, ["a"]), CacheId.Parse(Id));

        Fails.With(ErrorId.InvalidCacheId, () => CacheId.Parse(Id[..^1] + "5"));
    }

    [Theory]
    [InlineData("0201000000010000000001000000010000006100", "another version")]
    [InlineData("0101000000010000000001000000010000006100", "a byte too many")]
    [InlineData("010100000001000000000000000000", "no parts")]
    [InlineData("0101000000010000000001000000" + "00000000", "an empty part")]
    [InlineData("0101000000010000000001000000ffffff7f61", "a length beyond the end")]
    [InlineData("0101000000010000000001000000ffffffff61", "a negative length")]
    [InlineData("0101000000010000000001000000" + "01000000ff", "bytes that are no UTF-8")]
    [InlineData("0101000000010000000001000000" + "03000000eda080", "a surrogate in UTF-8")]
    [InlineData("0101000000010000000001000000" + "02000000c1a1", "an overlong form")]
    [InlineData("0101000000630100000061" + "010000000100000061", "an unknown kind")]
    [InlineData("01010000000101000000610100000001000000" + "61", "a value of global")]
    [InlineData("0102000000040100000070" + "040100000071" + "010000000100000061", "a kind twice")]
    [InlineData("0102000000050100000062" + "040100000070" + "010000000100000061", "kinds out of order")]
    [InlineData("0100000000" + "010000000100000061", "no scope")]
    [InlineData("", "nothing")]
    public void An_id_with_a_good_check_and_bad_content_is_refused(string bytes, string why)
    {
        byte[] content = Convert.FromHexString(bytes);
        byte[] hash = Convert.FromHexString(Digest.Of(content).Hash);
        string id = "bck1_" + Base64Url.EncodeToString([.. content, .. hash[..4]]);

        Assert.True(Fails.With(ErrorId.InvalidCacheId, () => CacheId.Parse(id)) is not null, why);
    }

    [Fact]
    public void Random_text_is_never_anything_but_an_invalid_id() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes =>
        {
            string text = "bck1_" + (bytes.Length % 2 == 0 ? Base64Url.EncodeToString(bytes) : Arbitrary.Utf8(bytes));
            return Assert.Throws<BuildCacheException>(() => CacheId.Parse(text)).Id == ErrorId.InvalidCacheId;
        });
}
