using BuildCache.Configuration;

namespace BuildCache.Tests.Configuration;

public class CacheModeTests
{
    [Theory]
    [InlineData(CacheMode.ReadWrite, true, true)]
    [InlineData(CacheMode.ReadOnly, true, false)]
    [InlineData(CacheMode.WriteOnly, false, true)]
    [InlineData(CacheMode.Audit, false, false)]
    [InlineData(CacheMode.Off, false, false)]
    public void A_mode_says_what_it_permits(CacheMode mode, bool reads, bool writes) =>
        Assert.Equal((reads, writes, writes), (mode.Reads(), mode.Writes(), mode.Purges()));
}
