using System.Text.RegularExpressions;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Trust;

/// <summary>Each claim of <c>docs/security.md</c> names tests that there are.</summary>
public sealed partial class SecurityClaimTests
{
    private static readonly string[] s_parts = ["core", "tasks"];

    [Fact]
    public void Every_test_that_is_named_exists_and_every_claim_names_one()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Checkout.Root, "docs", "security.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.EndsWith('|') && !line.Contains("---", StringComparison.Ordinal))
            .SkipWhile(line => !line.StartsWith("| claim", StringComparison.Ordinal)).Where(line => !line.StartsWith("| claim", StringComparison.Ordinal))];
        Assert.True(rows.Length > 20);
        string[] tests = [.. s_parts.SelectMany(part => Directory.GetFiles(Path.Combine(Checkout.Root, "tests", part), "*.cs", SearchOption.AllDirectories))];
        string pester = string.Concat(Directory.GetFiles(Path.Combine(Checkout.Root, "tests", "module"), "*.ps1").Select(File.ReadAllText));
        foreach (string row in rows)
        {
            string last = row.Split('|')[^2];
            MatchCollection named = Named().Matches(last), described = Described().Matches(last);
            Assert.True(named.Count + described.Count > 0, $"This claim names no test: {row}");
            Assert.All(named, name =>
            {
                string file = Assert.Single(tests, file => Path.GetFileNameWithoutExtension(file) == name.Groups[1].Value);
                Assert.Matches($@"\b(Task|void) {name.Groups[2].Value}\(", File.ReadAllText(file));
            });
            Assert.All(described, name => Assert.Matches($"It '{Regex.Escape(name.Groups[1].Value)}(: <\\w+>)?'", pester));
        }
    }

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex Named();

    // The text of a test of a cmdlet.
    [GeneratedRegex(@"`'([^`]+)'`")]
    private static partial Regex Described();
}
