using System.Security.Cryptography;

namespace BuildCache.MSBuild.Tests;

/// <summary>Builds that require signatures.</summary>
public class SignedBuildTests
{
    private const string App = "App/App.csproj";

    [Fact]
    public void What_nobody_trusted_has_saved_is_compiled_anew_and_what_main_signed_is_a_hit()
    {
        using TestSolution solution = SolutionTests.Chain();
        using var main = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string trust = $$"""{"signers":[{"name":"main","key":"{{Convert.ToBase64String(main.ExportSubjectPublicKeyInfo())}}"}],"required":true}""";
        solution.Restore(App);

        // The pull request is first: once without a signature, once with one of its own.
        solution.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        solution.Environment["BUILDCACHE_SIGNING_KEY"] = stranger.ExportPkcs8PrivateKeyPem();
        solution.Wipe();
        solution.Build(App).Succeeded();

        solution.Environment["BUILDCACHE_TRUST"] = trust;
        solution.Environment["BUILDCACHE_SIGNING_KEY"] = main.ExportPkcs8PrivateKeyPem();
        solution.Wipe();
        BuildResult build = solution.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        Assert.Equal("1", SolutionTests.RunApp(solution));
        string secret = Convert.ToBase64String(main.ExportPkcs8PrivateKey())[^40..];
        Assert.DoesNotContain(secret, build.Output, StringComparison.Ordinal);

        // Whoever trusts main has its entries, without any key.
        solution.Environment.Remove("BUILDCACHE_SIGNING_KEY");
        solution.Wipe();
        solution.Build(App).Succeeded().Counts(hits: 3, misses: 0);
        Assert.Equal("1", SolutionTests.RunApp(solution));
    }

    [Fact]
    public void A_key_that_cannot_be_used_costs_a_warning_and_not_the_build()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore("Lib/Lib.csproj");
        solution.Environment["BUILDCACHE_SIGNING_KEY"] = "$(signingKey)";

        BuildResult build = solution.Build("Lib/Lib.csproj").Succeeded();

        Assert.Contains(build.Diagnostics, line => line.Contains("warning BC1056", StringComparison.Ordinal));
    }
}
