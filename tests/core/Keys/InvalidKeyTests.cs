using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Keys;

public sealed class InvalidKeyTests
{
    [Fact]
    public void A_key_without_parts_is_refused() => Refused();

    [Fact]
    public void An_empty_part_is_refused() => Refused("a", "");

    [Fact]
    public void A_part_that_is_null_is_refused() => Refused("a", null!);

    // Not data of a theory: an attribute holds its text as UTF-8, in which half a pair cannot be written.
    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        Refused("\ud800");
        Refused("a\udc00b");
        Refused("\udc00\ud800");
    }

    [Fact]
    public void More_parts_than_allowed_are_refused()
    {
        string[] parts = [.. Enumerable.Repeat("p", CacheKey.MaximumParts)];

        Assert.Equal(CacheKey.MaximumParts, CacheKey.Create(CacheScope.Global, parts).Parts.Length);
        Refused([.. parts, "p"]);
    }

    [Fact]
    public void A_key_of_more_bytes_than_allowed_is_refused()
    {
        int overhead = CacheKey.Create(CacheScope.Global, ["x"]).CanonicalBytes.Length - 1;
        string longest = new('x', CacheKey.MaximumBytes - overhead);

        CacheKey key = CacheKey.Create(CacheScope.Global, [longest]);
        Assert.Equal(CacheKey.MaximumBytes, key.CanonicalBytes.Length);
        Assert.Equal(key, CacheId.Parse(key.Id));
        Refused(longest + "x");
    }

    [Fact]
    public void The_message_names_the_part() =>
        Assert.Contains("Part 2", Fails.With(ErrorId.InvalidCacheKey, () => CacheKey.Create(CacheScope.Global, ["a", ""])).Message, StringComparison.Ordinal);

    private static void Refused(params string[] parts) =>
        Fails.With(ErrorId.InvalidCacheKey, () => CacheKey.Create(CacheScope.Global, parts));
}
