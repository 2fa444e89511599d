using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Keys;

public sealed class ScopeTests
{
    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("banana:x")]
    [InlineData("Project:x")]
    [InlineData("project")]
    [InlineData("project:")]
    [InlineData("global:x")]
    [InlineData("4:x")]
    [InlineData("project:a,project:b")]
    [InlineData("project:a,")]
    [InlineData(",project:a")]
    [InlineData("project:a b,team")]
    [InlineData("project:100%")]
    [InlineData("project:%2c")]
    public void What_is_no_scope_is_refused(string text) => Fails.With(ErrorId.InvalidScope, () => CacheScope.Parse(text));

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Fails.With(ErrorId.InvalidScope, () => CacheScope.Parse("project:\ud800"));

    [Fact]
    public void An_undefined_kind_is_refused() =>
        Fails.With(ErrorId.InvalidScope, () => CacheScope.Create([((ScopeKind)99, "x")]));

    [Fact]
    public void A_scope_without_pairs_is_refused() => Fails.With(ErrorId.InvalidScope, () => CacheScope.Create([]));

    [Fact]
    public void The_order_in_which_pairs_are_written_does_not_matter() =>
        Assert.Equal(CacheScope.Parse("team:core,branch:main"), CacheScope.Parse("branch:main,team:core"));

    [Fact]
    public void Case_matters_in_values() => Assert.NotEqual(CacheScope.Parse("team:core"), CacheScope.Parse("team:Core"));

    [Fact]
    public void Commas_and_percent_signs_in_a_value_are_escaped()
    {
        var scope = CacheScope.Create([(ScopeKind.Project, "a,team:b%2C")]);

        Assert.Equal("project:a%2Cteam:b%252C", scope.ToString());
        Assert.Equal(scope, CacheScope.Parse("project:a%2Cteam:b%252C"));
    }

    [Fact]
    public void A_colon_in_a_value_is_just_a_character() =>
        Assert.Equal([(ScopeKind.Project, "host:/srv/app")], CacheScope.Parse("project:host:/srv/app").Pairs);

    [Fact]
    public void A_kind_without_a_value_takes_the_default() =>
        Assert.Equal(CacheScope.Parse("team:t,project:mine"), CacheScope.Parse("project,team:t", kind => kind == ScopeKind.Project ? "mine" : null));
}
