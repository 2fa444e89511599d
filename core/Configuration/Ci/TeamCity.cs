namespace BuildCache.Configuration.Ci;

/// <summary>TeamCity. It tells the build's number and branch in files, not in variables.</summary>
internal sealed class TeamCity : CiService
{
    private readonly CiVariables _variables;
    private readonly Lazy<IReadOnlyDictionary<string, string>> _build;
    private readonly Lazy<IReadOnlyDictionary<string, string>> _configuration;

    public TeamCity(CiVariables variables) : base("TeamCity")
    {
        _variables = variables;
        _build = new(() => JavaProperties.Read(_variables["TEAMCITY_BUILD_PROPERTIES_FILE"]));
        _configuration = new(() => JavaProperties.Read(Value(_build, "teamcity.configuration.properties.file")));
    }

    /// <inheritdoc/>
    public override FoundValue? Run => Found(_build, "teamcity.build.id") is { } id
        ? NameRun("teamcity", id, Value(_configuration, "teamcity.serverUrl"))
        : null;

    /// <inheritdoc/>
    public override FoundValue? Branch
    {
        get
        {
            if (Found(_configuration, "teamcity.pullRequest.number") is { } number)
            {
                return PullRequest(number);
            }

            // The logical name: what the branch specification makes of a reference. That of the default branch says nothing.
            const string OfDefault = "<default>";
            return Found(_configuration, "teamcity.build.branch") is { } branch && branch.Value != OfDefault
                ? branch with { Value = BranchName.OfBranch(branch.Value) }
                : OnlyReference();
        }
    }

    // Of a build with several repositories, each of which is on a branch of its own, no one branch can be named.
    private FoundValue? OnlyReference()
    {
        const string Prefix = "teamcity.build.vcs.branch.";
        List<string> references = [.. _configuration.Value.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(pair => pair.Value).Distinct(StringComparer.Ordinal)];
        return references is [{ Length: > 0 } reference] ? new FoundValue(BranchName.OfReference(reference), Prefix + "*") : null;
    }

    private static FoundValue? Found(Lazy<IReadOnlyDictionary<string, string>> file, string name) => Value(file, name) is { } value ? new FoundValue(value, name) : null;

    private static string? Value(Lazy<IReadOnlyDictionary<string, string>> file, string name) =>
        file.Value.GetValueOrDefault(name)?.Trim() is { Length: > 0 } value ? value : null;
}
