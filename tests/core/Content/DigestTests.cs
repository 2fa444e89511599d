using BuildCache.Content;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Content;

public sealed class DigestTests
{
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void The_digest_of_nothing_is_the_well_known_one() => Assert.Equal(EmptyHash + "/0", Digest.Empty.ToString());

    [Fact]
    public void The_digest_of_abc_is_that_of_the_standard() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad/3", Digest.Of("abc"u8).ToString());

    [Fact]
    public void A_digest_is_read_back_from_its_text() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes => Digest.TryParse(Digest.Of(bytes).ToString(), out Digest digest) && digest == Digest.Of(bytes));

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData(EmptyHash)]
    [InlineData(EmptyHash + "/")]
    [InlineData(EmptyHash + "/-1")]
    [InlineData(EmptyHash + "/+1")]
    [InlineData(EmptyHash + "/01")]
    [InlineData(EmptyHash + "/00")]
    [InlineData(EmptyHash + "/ 1")]
    [InlineData(EmptyHash + "/1 ")]
    [InlineData(EmptyHash + "/1x")]
    [InlineData(EmptyHash + "/9223372036854775808")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855/0")]
    [InlineData("g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/0")]
    [InlineData("3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/0")]
    public void Any_other_text_is_no_digest(string text) => Assert.False(Digest.TryParse(text, out _));

    [Fact]
    public void The_largest_size_is_a_size() =>
        Assert.True(Digest.TryParse(EmptyHash + "/9223372036854775807", out Digest digest) && digest.Size == long.MaxValue);

    [Fact]
    public void The_size_is_a_part_of_the_digest()
    {
        Assert.True(Digest.TryParse(EmptyHash + "/1", out Digest other));
        Assert.NotEqual(Digest.Empty, other);
    }

    [Fact]
    public void Digests_are_ordered_as_their_texts_are() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes =>
        {
            (Digest left, Digest right) = (Digest.Of(bytes), Digest.Of([.. bytes, 0]));
            return left.CompareTo(right) < 0 == string.CompareOrdinal(left.Hash, right.Hash) < 0;
        });
}
