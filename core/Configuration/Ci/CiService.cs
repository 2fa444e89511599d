namespace BuildCache.Configuration.Ci;

/// <summary>A CI service, recognised by the environment variables that it documents, and what these say of the run.</summary>
public abstract class CiService
{
    private protected CiService(string name) => Name = name;

    /// <summary>The name of the service, for people.</summary>
    public string Name { get; }

    /// <summary>The run, by a name that no run of another service or server has; <see langword="null"/> when the service does not tell.</summary>
    /// <remarks>All jobs of a run have the same, and so has a run that is repeated: it needs what the jobs before it have saved.</remarks>
    public abstract FoundValue? Run { get; }

    /// <summary>
    /// The branch that is built. A pull request counts as its branch only where the service says that this is one of the same
    /// repository; else it is <c>refs/pull/</c> and its number. A tag is <c>refs/tags/</c> and its name.
    /// </summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>: it is a pull request, and nothing says of which branch or number.</exception>
    public abstract FoundValue? Branch { get; }

    /// <summary>The service that this process runs in, or <see langword="null"/>.</summary>
    public static CiService? Current => Recognise(Environment.GetEnvironmentVariable);

    /// <summary>Finds out which service set some variables.</summary>
    internal static CiService? Recognise(Func<string, string?> read)
    {
        var variables = new CiVariables(read);
        return variables["GITHUB_ACTIONS"] is not null ? new GitHubActions(variables)
            : variables["TF_BUILD"] is not null ? new AzurePipelines(variables)
            : variables["GITLAB_CI"] is not null ? new GitLab(variables)
            : variables["TEAMCITY_VERSION"] is not null ? new TeamCity(variables)
            : variables["JENKINS_URL"] is not null ? new Jenkins(variables)
            : null;
    }

    /// <summary>Names a run: by service, server and what the service calls it.</summary>
    private protected static FoundValue NameRun(string service, FoundValue id, params ReadOnlySpan<string?> places)
    {
        string name = service + ":";
        foreach (string? place in places)
        {
            // An address may hold a user and a password.
            name += place is null ? "" : GitOrigin.Normalise(place) + "/";
        }

        return id with { Value = name + id.Value };
    }

    /// <summary>The pull request of which the service tells the number in one of some variables.</summary>
    private protected FoundValue PullRequest(FoundValue? number) => number is null
        ? throw new BuildCacheException(ErrorId.InvalidScope,
            $"The branch of this pull request is not known: {Name} says neither that it is one of the same repository nor what number the request has. Set {Configuration.Branch.Variable}, or write branch:name.")
        : number with { Value = BranchName.OfPullRequest(number.Value) };
}
