namespace BuildCache.Configuration.Ci;

/// <summary>GitLab CI.</summary>
internal sealed class GitLab(CiVariables variables) : CiService("GitLab CI")
{
    /// <inheritdoc/>
    public override FoundValue? Run => variables.First("CI_PIPELINE_ID") is { } id ? NameRun("gitlab", id, variables["CI_SERVER_URL"]) : null;

    /// <inheritdoc/>
    public override FoundValue? Branch
    {
        get
        {
            if (variables.First("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") is { } source)
            {
                // A fork is another project.
                return variables["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"] is { } project && project == variables["CI_MERGE_REQUEST_PROJECT_ID"]
                    ? source with { Value = BranchName.OfBranch(source.Value) }
                    : PullRequest(variables.First("CI_MERGE_REQUEST_IID"));
            }

            return variables.First("CI_COMMIT_BRANCH") is { } branch ? branch with { Value = BranchName.OfBranch(branch.Value) }
                : variables.First("CI_COMMIT_TAG") is { } tag ? tag with { Value = BranchName.OfTag(tag.Value) }
                : null;
        }
    }
}
