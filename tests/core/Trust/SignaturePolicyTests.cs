using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Tests.Trust;

public sealed class SignaturePolicyTests
{
    private static readonly SigningKey s_key = SigningKey.Create();

    [Theory]
    [InlineData("*", "global", true)]
    [InlineData("*", "project:acme,branch:x", true)]
    [InlineData("project:acme", "project:acme", true)]
    [InlineData("project:acme", "project:acme,branch:main", true)]
    [InlineData("project:acme", "project:acme2", false)]
    [InlineData("project:acme", "project:Acme", false)]
    [InlineData("project:acme", "team:acme", false)]
    [InlineData("project:acme", "global", false)]
    [InlineData("project:acme", "user:project:acme", false)]
    [InlineData("project:acme/*", "project:acme/app", true)]
    [InlineData("project:acme/*", "project:acme", false)]
    [InlineData("project:acme/*", "project:acmeevil/app", false)]
    [InlineData("project:acme,branch:main", "project:acme,branch:main", true)]
    [InlineData("project:acme,branch:main", "project:acme", false)]
    [InlineData("project:acme,branch:main", "project:acme,branch:mainline", false)]
    [InlineData("global", "project:acme", false)]
    public void A_pattern_covers_a_scope_and_what_lies_in_it(string pattern, string scope, bool covers) =>
        Assert.Equal(covers, ScopePattern.Parse(pattern).Covers(CacheScope.Parse(scope)));

    [Fact]
    public void Nothing_is_required_and_nothing_signed_without_settings()
    {
        Assert.True(SignaturePolicy.None.IsEmpty);
        Assert.False(SignaturePolicy.None.Requires(CacheScope.Global));
        Assert.True(SignaturePolicy.None.Sign(Key("project:p"), "{}"u8.ToArray()).Span.SequenceEqual("{}"u8));
    }

    [Fact]
    public void Who_is_trusted_for_another_scope_is_named_and_does_not_count_where_signatures_are_required()
    {
        var policy = new SignaturePolicy([new TrustedSigner("docs", s_key.PublicKey, [ScopePattern.Parse("project:docs")])], [ScopePattern.Parse("project:acme")], new SigningKeySource(s_key));
        EntrySignature? Signed(string scope) => policy.Verify(Key(scope), policy.Sign(Key(scope), "{}"u8.ToArray()));

        Assert.Equal(SignatureState.Trusted, Signed("project:docs")!.State);
        EntrySignature elsewhere = Signed("project:acme")!;
        Assert.Equal((SignatureState.OtherScope, "docs"), (elsewhere.State, elsewhere.Signer));
        Assert.False(policy.Accepts(Key("project:acme").Scope, elsewhere));
        Assert.True(policy.Accepts(Key("project:free").Scope, Signed("project:free")));
    }

    [Fact]
    public void What_is_forged_counts_nowhere()
    {
        var policy = new SignaturePolicy([new TrustedSigner("main", s_key.PublicKey, [ScopePattern.All])], [], new SigningKeySource(s_key));
        EntrySignature? moved = policy.Verify(Key("project:a"), policy.Sign(Key("project:b"), "{}"u8.ToArray()));

        Assert.Equal(SignatureState.Invalid, moved!.State);
        Assert.False(policy.Accepts(Key("project:a").Scope, moved));
        Assert.True(policy.Accepts(Key("project:a").Scope, null));
    }

    [Fact]
    public void Many_threads_may_sign_and_verify_at_once()
    {
        var policy = new SignaturePolicy([new TrustedSigner("main", s_key.PublicKey, [ScopePattern.All])], [], new SigningKeySource(s_key));
        Parallel.For(0, 500, i =>
        {
            CacheKey key = CacheKey.Create(CacheScope.Global, [$"{i}"]);
            Assert.Equal(SignatureState.Trusted, policy.Verify(key, policy.Sign(key, "{}"u8.ToArray()))!.State);
        });
    }

    private static CacheKey Key(string scope) => CacheKey.Create(CacheScope.Parse(scope), ["work"]);
}
