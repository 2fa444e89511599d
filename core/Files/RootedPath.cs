using System.Buffers;

namespace BuildCache.Files;

/// <summary>
/// Paths below a root that an entry or a checkout names. None passes through a link, which leads elsewhere whatever the path says, and none
/// is of git's own directory, where files say what git runs.
/// </summary>
internal static class RootedPath
{
    /// <summary>The full path of what a name means below a root. A link at the path itself is replaced, not followed.</summary>
    /// <param name="root">Full path of the root, which may itself be a link: it was not the name that chose it.</param>
    /// <param name="name">A relative path with <c>/</c>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsafePath"/>.</exception>
    public static string Of(string root, string name)
    {
        RefuseGit(name);
        return LinkAbove(root, name) is not { } link ? Path.Combine(root, name)
            : throw new BuildCacheException(ErrorId.UnsafePath, $"'{name}' lies behind the link '{link}' of '{root}', so nothing is put there. Replace the link with a directory, or name another place.");
    }

    /// <summary>Refuses a path into the directory that git keeps its own files in.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsafePath"/>.</exception>
    public static void RefuseGit(string name)
    {
        if (name.Split('/').Any(IsGit))
        {
            throw new BuildCacheException(ErrorId.UnsafePath, $"'{name}' is part of git's own directory, whose files say what git runs. It is neither saved nor put in place. Name another path.");
        }
    }

    /// <summary>The link nearest to the root that a path passes through; <see langword="null"/> for none. A link at the path itself does not count.</summary>
    public static string? LinkAbove(string root, string name)
    {
        for (int end = name.IndexOf('/', StringComparison.Ordinal); end > 0; end = name.IndexOf('/', end + 1))
        {
            string above = Path.Combine(root, name[..end]);
            if (IsLink(above))
            {
                return name[..end];
            }

            // Below what is not there nothing is, however deep the path goes on.
            if (!Path.Exists(above))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Whether a full path names a link.</summary>
    public static bool IsLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget is not null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be looked at is an error for the code that opens it.
            return false;
        }
    }

    // Also by the short name of Windows, on file systems that ignore case, and on that of macOS which ignores these characters.
    private static bool IsGit(string part)
    {
        string seen = part.AsSpan().ContainsAny(s_ignored) ? string.Concat(part.Where(character => !s_ignored.Contains(character))) : part;
        return seen.Equals(".git", StringComparison.OrdinalIgnoreCase) || seen.Equals("git~1", StringComparison.OrdinalIgnoreCase);
    }

    private static readonly SearchValues<char> s_ignored = SearchValues.Create(
        "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufeff");
}
