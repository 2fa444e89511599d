using BuildCache.Configuration.Ci;

namespace BuildCache.Configuration;

/// <summary>Finds the branch that is worked on.</summary>
public static class Branch
{
    /// <summary>The environment variable that names the branch by hand.</summary>
    public const string Variable = "BUILDCACHE_BRANCH";

    /// <summary>Finds the branch: what <c>BUILDCACHE_BRANCH</c> says, else the CI service, else git.</summary>
    /// <param name="directory">A directory of the checkout.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>: nothing says so; for example, a commit is checked out and no branch.</exception>
    public static FoundValue Find(string directory) =>
        Environment.GetEnvironmentVariable(Variable)?.Trim() is { Length: > 0 } named ? new FoundValue(named, Variable)
            : CiService.Current?.Branch
            ?? (GitHead.BranchAround(directory) is { } branch ? new FoundValue(branch, "HEAD of git") : null)
            ?? throw new BuildCacheException(ErrorId.InvalidScope,
                $"The branch is not known: in '{directory}', git has no branch checked out, and no variable of a CI service names one. Check out a branch, set {Variable}, or write branch:name.");
}
