namespace BuildCache.Configuration.Ci;

/// <summary>Jenkins.</summary>
internal sealed class Jenkins(CiVariables variables) : CiService("Jenkins")
{
    /// <inheritdoc/>
    public override FoundValue? Run => variables.First("BUILD_URL") is { } url ? url with { Value = "jenkins:" + GitOrigin.Normalise(url.Value) }
        : variables.First("BUILD_TAG") is { } tag ? NameRun("jenkins", tag, variables["JENKINS_URL"])
        : null;

    /// <inheritdoc/>
    public override FoundValue? Branch
    {
        get
        {
            // CHANGE_FORK says that a request is from a fork, but not every kind of repository sets it: its absence proves nothing,
            // and so CHANGE_BRANCH is never taken for a branch of the repository.
            if (variables.First("CHANGE_ID") is { } number)
            {
                return PullRequest(number);
            }

            // In a build of a tag, BRANCH_NAME is the tag's name too.
            return variables.First("TAG_NAME") is { } tag ? tag with { Value = BranchName.OfTag(tag.Value) }
                : variables.First("BRANCH_NAME", "GIT_LOCAL_BRANCH") is { } branch ? branch with { Value = BranchName.OfBranch(branch.Value) }
                : variables.First("GIT_BRANCH") is { } remote ? WithoutRemote(remote)
                : null;
        }
    }

    // It begins with the name of the remote, as in origin/main; "detached" stands there when no branch is built.
    private static FoundValue? WithoutRemote(FoundValue branch)
    {
        int slash = branch.Value.IndexOf('/', StringComparison.Ordinal);
        return branch.Value.StartsWith("refs/", StringComparison.Ordinal) ? branch with { Value = BranchName.OfReference(branch.Value) }
            : slash >= 0 && slash < branch.Value.Length - 1 ? branch with { Value = BranchName.OfBranch(branch.Value[(slash + 1)..]) }
            : branch.Value == "detached" ? null
            : branch;
    }
}
