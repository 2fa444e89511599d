using BuildCache.Pruning;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Pruning;

/// <summary>Policies as users write them.</summary>
public sealed class PrunePolicyArgumentsTests
{
    [Fact]
    public void Nothing_given_limits_nothing()
    {
        Assert.Equal(new PrunePolicy(), PrunePolicyArguments.Parse());
        Assert.Null(PrunePolicyArguments.ParseDuration(""));
    }

    [Fact]
    public void Sizes_and_shares_are_read() =>
        Assert.Equal(
            new PrunePolicy(TimeSpan.FromDays(30), TimeSpan.FromHours(12), new SpaceBudget(SizeLimit.OfPercent(75), SizeLimit.OfBytes(10L << 30), SizeLimit.OfPercent(20), SizeLimit.OfBytes(0))),
            PrunePolicyArguments.Parse(PrunePolicyArguments.ParseDuration("30"), PrunePolicyArguments.ParseDuration("12:00"), "75%", "10GB", "20%", "0"));

    [Fact]
    public void What_means_nothing_is_refused()
    {
        Fails.With(ErrorId.InvalidSetting, () => PrunePolicyArguments.Parse(reserved: "1GB"));
        Fails.With(ErrorId.InvalidSetting, () => PrunePolicyArguments.Parse(target: "1GB", keepDuration: TimeSpan.FromDays(1)));
        Fails.With(ErrorId.InvalidSetting, () => PrunePolicyArguments.Parse(maximumAge: TimeSpan.FromTicks(30)));
        Fails.With(ErrorId.InvalidSetting, () => PrunePolicyArguments.Parse(keepDuration: TimeSpan.FromDays(-1)));
        Fails.With(ErrorId.InvalidSetting, () => PrunePolicyArguments.Parse(maximumUsed: ""));
        Fails.With(ErrorId.InvalidSetting, () => PrunePolicyArguments.ParseDuration("a month"));
    }

    [Theory]
    // maximum age, keep duration, with a limit on space -> expires after; in days
    [InlineData(null, null, false, null)]
    [InlineData(30, null, false, 30)]
    [InlineData(30, 7, true, 30)]
    [InlineData(7, 30, true, 30)]
    [InlineData(null, 7, false, 7)]
    [InlineData(null, 7, true, null)]
    public void When_something_expires_follows_from_both_times(int? maximumAge, int? keepDuration, bool hasBudget, int? expected) =>
        Assert.Equal(Days(expected), new PrunePolicy(Days(maximumAge), Days(keepDuration), hasBudget ? Rig.AtMost(1) : null).ExpiresAfter);

    private static TimeSpan? Days(int? days) => days is { } number ? TimeSpan.FromDays(number) : null;
}
