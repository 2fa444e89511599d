using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>Reads which branch is checked out, from git's own file and not by running git.</summary>
internal static class GitHead
{
    /// <summary>The branch of the checkout at or around a directory; <see langword="null"/> when there is none, or when no branch is checked out.</summary>
    public static string? BranchAround(string directory)
    {
        var above = new FoundAbove(directory);
        for (string? folder = directory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            try
            {
                string git = Path.Combine(folder, GitFolder.Name);
                if (Path.Exists(git) && above.WhyNot(folder, git) is null)
                {
                    return GitFolder.Of(folder) is { } found ? BranchIn(Path.Combine(found, "HEAD")) : null;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        return null;
    }

    private static string? BranchIn(string head)
    {
        const string Reference = "ref:";
        // Where git keeps its references in tables, HEAD is a file for old programs, and names this branch.
        const string KeptElsewhere = "refs/heads/.invalid";
        string text = File.Exists(head) ? GitFolder.ReadText(head) : "";
        return text.StartsWith(Reference, StringComparison.Ordinal) && text[Reference.Length..].Trim() is { Length: > 0 } name && name != KeptElsewhere
            ? BranchName.OfReference(name)
            : null;
    }
}
