namespace BuildCache.Configuration.Ci;

/// <summary>Azure Pipelines.</summary>
internal sealed class AzurePipelines(CiVariables variables) : CiService("Azure Pipelines")
{
    /// <inheritdoc/>
    public override FoundValue? Run => variables.First("BUILD_BUILDID") is { } id
        ? NameRun("azure", id, variables["SYSTEM_COLLECTIONURI"] ?? variables["SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"])
        : null;

    /// <inheritdoc/>
    public override FoundValue? Branch
    {
        get
        {
            if (variables.First("SYSTEM_PULLREQUEST_SOURCEBRANCH") is { } source)
            {
                // A reference for Azure Repos, a short name for GitHub.
                return "False".Equals(variables["SYSTEM_PULLREQUEST_ISFORK"], StringComparison.OrdinalIgnoreCase)
                    ? source with { Value = source.Value.StartsWith("refs/heads/", StringComparison.Ordinal) ? BranchName.OfReference(source.Value) : BranchName.OfBranch(source.Value) }
                    // The number is what GitHub shows; the id is Azure's own, and the only one for its repositories.
                    : PullRequest(variables.First("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"));
            }

            return variables.First("BUILD_SOURCEBRANCH") is { } built ? built with { Value = BranchName.OfReference(built.Value) } : null;
        }
    }
}
