using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Configuration;

/// <summary>Reads which branch is checked out, from git's own file and not by running git.</summary>
internal static class GitHead
{
    /// <summary>The branch of the checkout at or around a directory; <see langword="null"/> when there is none, or when no branch is checked out.</summary>
    public static string? BranchAround(string directory)
    {
        for (string? folder = directory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            try
            {
                if (Path.Exists(Path.Combine(folder, GitFolder.Name)))
                {
                    return GitFolder.Of(folder) is { } git ? BranchIn(Path.Combine(git, "HEAD")) : null;
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
        string text = RegularFile.TryReadText(head, Ceilings.GitFile)?.Trim() ?? "";
        return text.StartsWith(Reference, StringComparison.Ordinal) && text[Reference.Length..].Trim() is { Length: > 0 } name && name != KeptElsewhere
            ? BranchName.OfReference(name)
            : null;
    }
}
