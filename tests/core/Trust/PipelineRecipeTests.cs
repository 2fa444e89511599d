using System.Text.RegularExpressions;
using BuildCache.Stores;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace BuildCache.Tests.Trust;

/// <summary>The recipes of <c>docs/pipelines.md</c> are YAML, and what they set are settings and stores that there are.</summary>
[Collection(typeof(EnvironmentAlone))]
public sealed partial class PipelineRecipeTests
{
    // Names that the code reads, wherever it does.
    private static readonly string[] s_known = ["BUILDCACHE_STORE", "BUILDCACHE_TRUST", "BUILDCACHE_SIGNING_KEY"];

    private static string[] Recipes => [.. Recipe().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "pipelines.md"))).Select(match => match.Groups[1].Value)];

    [Fact]
    public void Each_of_the_three_is_YAML_and_sets_what_there_is()
    {
        Assert.Equal(3, Recipes.Length);
        string code = string.Concat(Directory.GetFiles(Path.Combine(Checkout.Root, "core"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.All(s_known, name => Assert.Contains($"\"{name}\"", code, StringComparison.Ordinal));
        foreach (string recipe in Recipes)
        {
            new YamlStream().Load(new StringReader(recipe));
            string[] set = [.. Variable().Matches(recipe).Select(match => match.Value)];
            Assert.Empty(set.Except(s_known));
            Assert.Contains("BUILDCACHE_STORE", set);
            Assert.Contains("BUILDCACHE_TRUST", set);
        }
    }

    [Fact]
    public async Task Each_store_can_be_opened_and_of_two_the_far_one_is_only_read()
    {
        string[] stores = [.. Recipes.SelectMany(recipe => Store().Matches(recipe)).Select(match => match.Value.Replace("$CI_PROJECT_DIR", "/builds/shop", StringComparison.Ordinal).Replace("$(Pipeline.Workspace)", "/agent", StringComparison.Ordinal))];
        Assert.Equal(6, stores.Length);
        using var environment = new EnvironmentGuard();
        environment.Set("ACTIONS_RESULTS_URL", "https://results.example/");
        environment.Set("ACTIONS_RUNTIME_TOKEN", "token");
        foreach (string text in stores)
        {
            await using var store = CacheStore.Open(text);
            Assert.Equal(text.Contains(';', StringComparison.Ordinal) ? [false, true] : [false], store.Tiers.Select(tier => tier.IsReadOnly));
        }
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Recipe();

    [GeneratedRegex("BUILDCACHE_[A-Z_]+(?=: |\n)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?:gha:;|\$[\w().]+/\.?buildcache;)?s3://team-cache/main\?region=eu-north-1(?:&readonly=true)?")]
    private static partial Regex Store();
}
