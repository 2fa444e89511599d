namespace BuildCache.Configuration;

/// <summary>The names that branches, and what is built in place of one, have in a scope.</summary>
/// <remarks>
/// A branch has its short name. Anything else has a name that begins with <c>refs/</c>, and no branch is given such a name: who may
/// push a branch cannot pass for a tag or for somebody's pull request.
/// </remarks>
internal static class BranchName
{
    private const string Heads = "refs/heads/";
    private const string References = "refs/";

    /// <summary>The name for a full reference: <c>main</c> for <c>refs/heads/main</c>, and a tag's reference as it stands.</summary>
    public static string OfReference(string reference) =>
        reference.StartsWith(Heads, StringComparison.Ordinal) && reference.Length > Heads.Length ? OfBranch(reference[Heads.Length..]) : reference;

    /// <summary>The name for a branch that is given by its short name.</summary>
    public static string OfBranch(string name) => name.StartsWith(References, StringComparison.Ordinal) ? Heads + name : name;

    /// <summary>The name for a tag.</summary>
    public static string OfTag(string name) => "refs/tags/" + name;

    /// <summary>The name for a pull request that is not known to come from a branch of the same repository.</summary>
    /// <remarks>A fork names its branches as it likes, <c>main</c> for one; what it builds must not be taken for the work of that branch.</remarks>
    public static string OfPullRequest(string number) => "refs/pull/" + number;
}
