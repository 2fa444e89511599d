using BuildCache.Pruning;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Pruning;

/// <summary>The rule by which BuildKit computes what to keep.</summary>
public sealed class SpaceBudgetTests
{
    private const long GB = 1L << 30;
    private static readonly DiskSpace s_disk = new(1000 * GB, 100 * GB);

    [Fact]
    public void Without_a_limit_nothing_has_to_go()
    {
        Assert.Null(new SpaceBudget().BytesToKeep(900 * GB, s_disk));
        Assert.Null(new SpaceBudget(Reserved: SizeLimit.OfBytes(1)).BytesToKeep(900 * GB, s_disk));
    }

    [Theory]
    // max, reserved, min free, target; used -> keep
    [InlineData("50GB", null, null, null, 40, null)]
    [InlineData("50GB", null, null, null, 60, 50)]
    [InlineData("5%", null, null, null, 60, 50)]
    [InlineData("50GB", "70GB", null, null, 60, null)]
    [InlineData("50GB", "55GB", null, null, 60, 55)]
    [InlineData(null, null, "100GB", null, 60, null)]
    [InlineData(null, null, "120GB", null, 60, 40)]
    [InlineData(null, null, "20%", null, 60, 0)]
    [InlineData(null, "10GB", "20%", null, 60, 10)]
    [InlineData("50GB", null, "120GB", null, 60, 40)]
    [InlineData("30GB", null, "120GB", null, 60, 30)]
    [InlineData("50GB", null, null, "20GB", 60, 20)]
    [InlineData("50GB", null, null, "20GB", 40, null)]
    [InlineData("50GB", null, null, "55GB", 60, 50)]
    [InlineData("50GB", "30GB", null, "20GB", 60, 30)]
    public void What_is_kept_follows_from_the_four_thresholds(string? maximum, string? reserved, string? free, string? target, int used, int? keep)
    {
        var budget = new SpaceBudget(Limit(maximum), Limit(reserved), Limit(free), Limit(target));

        Assert.Equal(keep * GB, budget.BytesToKeep(used * GB, s_disk));
    }

    [Fact]
    public void A_limit_that_depends_on_a_disk_needs_one()
    {
        Fails.With(ErrorId.UnsupportedByStore, () => new SpaceBudget(SizeLimit.Parse("10%")).BytesToKeep(1, null));
        Fails.With(ErrorId.UnsupportedByStore, () => new SpaceBudget(MinimumFree: SizeLimit.Parse("1GB")).BytesToKeep(1, null));
        Assert.Equal(2, new SpaceBudget(SizeLimit.OfBytes(2)).BytesToKeep(3, null));
    }

    [Theory]
    [InlineData("101%")]
    [InlineData("-1%")]
    [InlineData("many")]
    [InlineData("%")]
    [InlineData("10 apples")]
    public void What_is_no_size_is_refused(string text) => Fails.With(ErrorId.InvalidSetting, () => SizeLimit.Parse(text));

    private static SizeLimit? Limit(string? text) => text is null ? null : SizeLimit.Parse(text);
}
