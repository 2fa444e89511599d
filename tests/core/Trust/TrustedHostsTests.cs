using BuildCache.Trust;

namespace BuildCache.Tests.Trust;

public sealed class TrustedHostsTests
{
    [Theory]
    [InlineData("cache.example", "cache.example", 443, true)]
    [InlineData("CACHE.example", "cache.EXAMPLE", 443, true)]
    [InlineData("cache.example.", "cache.example", 443, true)]
    [InlineData("cache.example:8980", "cache.example", 8980, true)]
    [InlineData("grpcs://cache.example:8980", "cache.example", 8980, true)]
    [InlineData("*.example", "a.b.example", 443, true)]
    [InlineData("grpc://localhost:50051", "localhost", 50051, false)]
    [InlineData("http://cache.example", "cache.example", 80, false)]
    [InlineData("[::1]:8980", "[::1]", 8980, true)]
    public void A_host_that_is_named_is_trusted(string named, string host, int port, bool isEncrypted) => Assert.True(Trusts(named, host, port, isEncrypted));

    [Theory]
    [InlineData("cache.example", "cache.example", 8080, true)]
    [InlineData("cache.example", "cache.example", 443, false)]
    [InlineData("cache.example:8980", "cache.example", 443, true)]
    [InlineData("cache.example", "cache.example.evil.example", 443, true)]
    [InlineData("cache.example", "evilcache.example", 443, true)]
    [InlineData("*.example", "example", 443, true)]
    [InlineData("*.example", "evilexample", 443, true)]
    [InlineData("grpc://localhost:50051", "localhost", 50051, true)]
    public void Another_host_port_or_a_connection_without_TLS_is_not(string named, string host, int port, bool isEncrypted) => Assert.False(Trusts(named, host, port, isEncrypted));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a.*.example")]
    [InlineData("user@cache.example")]
    [InlineData("cache.example/path")]
    [InlineData("cache.example/")]
    [InlineData("cache.example?x")]
    [InlineData("cache.example#x")]
    [InlineData("ftp://cache.example")]
    [InlineData("cache.example:99999")]
    [InlineData("two words")]
    public void What_is_no_host_is_refused(string name)
    {
        Assert.Null(TrustedHosts.Parse(["good.example", name], out string? invalid));
        Assert.Equal(name, invalid);
    }

    [Theory]
    [InlineData("cache.example", 443, true, "cache.example")]
    [InlineData("cache.example", 8980, true, "cache.example:8980")]
    [InlineData("localhost", 50051, false, "http://localhost:50051")]
    [InlineData("::1", 8980, true, "[::1]:8980")]
    public void What_a_message_says_to_add_is_what_is_trusted(string host, int port, bool isEncrypted, string text)
    {
        var address = new HostAddress(host, port, isEncrypted);
        Assert.Equal(text, address.ToString());
        Assert.True(TrustedHosts.Parse([text], out _)!.Contains(address));
    }

    private static bool Trusts(string named, string host, int port, bool isEncrypted) =>
        TrustedHosts.Parse([named], out _)!.Contains(new HostAddress(host, port, isEncrypted));
}
