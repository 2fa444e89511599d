using BuildCache.Keys;

namespace BuildCache.Tests.Keys;

public sealed class RestoreKeyTests
{
    private static readonly CacheKey s_key = Key("restore", "linux-x64", "9f86d081");

    [Theory]
    [InlineData("restore")]
    [InlineData("restore", "linux-x64")]
    [InlineData("restore", "linux")]
    [InlineData("rest")]
    [InlineData("restore", "linux-x64", "9f")]
    public void A_prefix_matches(params string[] parts) => Assert.True(Key(parts).IsRestoreKeyOf(s_key));

    [Theory]
    [InlineData("Restore")]
    [InlineData("rest", "linux-x64")]
    [InlineData("restore", "linux-x64", "9f86d081", "more")]
    [InlineData("restore", "linux-x64x")]
    [InlineData("restor%")]
    [InlineData("rest_re")]
    [InlineData("*")]
    [InlineData("restore", "*", "9f86d081")]
    [InlineData("restore/linux-x64")]
    [InlineData("restore,linux-x64")]
    public void What_is_no_prefix_does_not_match(params string[] parts) => Assert.False(Key(parts).IsRestoreKeyOf(s_key));

    [Fact]
    public void A_prefix_in_another_scope_does_not_match() =>
        Assert.False(Key("restore").In(CacheScope.Global).IsRestoreKeyOf(s_key));

    [Fact]
    public void Characters_that_look_alike_do_not_match() =>
        Assert.False(Key("e\u0301").IsRestoreKeyOf(Key("\u00e9")));

    private static CacheKey Key(params string[] parts) => CacheKey.Create(CacheScope.Parse("project:p"), parts);
}
