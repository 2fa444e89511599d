namespace BuildCache.Configuration;

/// <summary>Reads the address of git's origin, the same for every clone however it was cloned.</summary>
/// <remarks>
/// Read from the configuration file and not by running git: every build asks, and a process costs more than the rest of a
/// lookup. What git's own includes would add is not seen; then the folder names the project.
/// </remarks>
internal static class GitOrigin
{
    /// <summary>The normalised address of the origin of the repository at a root, or <see langword="null"/>.</summary>
    public static string? Of(string root)
    {
        try
        {
            return ConfigurationFile(root) is { } file && UrlOfOrigin(GitFolder.ReadText(file).Split('\n')) is { } url
                && Normalise(url) is { Length: > 0 } address ? address : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reduces the ways to write one address to one: host and path, without scheme, user, password or <c>.git</c>.</summary>
    internal static string Normalise(string url)
    {
        string rest = url.Trim();
        int scheme = rest.IndexOf("://", StringComparison.Ordinal);
        bool isFile = scheme < 0 ? Path.IsPathRooted(rest) : rest.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
        rest = scheme < 0 ? rest : rest[(scheme + 3)..];
        if (!isFile)
        {
            // The user stands before the host: up to the path, which begins with ':' in the short form of SSH and may hold an '@' too.
            int authority = rest.AsSpan().IndexOfAny(scheme < 0 ? "/:" : "/?#");
            rest = rest[(rest.AsSpan(0, authority < 0 ? rest.Length : authority).LastIndexOf('@') + 1)..];
            // A query may hold a token, and names no other repository.
            rest = scheme < 0 ? rest : rest.Split('?', '#')[0];
            int end = rest.AsSpan().IndexOfAny('/', ':');
            // The short form of SSH, host:path, and a port, host:22/path, are told apart by the scheme alone.
            string host = end < 0 ? rest : rest[..end];
            string path = end < 0 ? "" : rest[end..];
            path = scheme < 0 && path.StartsWith(':') ? "/" + path[1..].TrimStart('/') : path;
            rest = host.ToLowerInvariant() + path;
        }

        rest = rest.TrimEnd('/');
        return rest.EndsWith(".git", StringComparison.Ordinal) ? rest[..^4] : rest;
    }

    private static string? ConfigurationFile(string root)
    {
        if (GitFolder.Of(root) is not { } git)
        {
            return null;
        }

        // A worktree has a directory of its own, which names the common one.
        string common = Path.Combine(git, "commondir");
        string named = GitFolder.ReadText(common);
        string? shared = named.Length == 0 || named.Contains('\0', StringComparison.Ordinal) ? git : GitFolder.Pointed(named, git);
        return shared is not null && Path.Combine(shared, "config") is var file && File.Exists(file) ? file : null;
    }

    private static string? UrlOfOrigin(IEnumerable<string> lines)
    {
        bool inOrigin = false;
        foreach (string line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                inOrigin = line.StartsWith("[remote \"origin\"]", StringComparison.Ordinal);
            }
            else if (inOrigin && line.Split('=', 2) is [var name, var value] && name.Trim() == "url")
            {
                return value.Trim().Trim('"');
            }
        }

        return null;
    }
}
