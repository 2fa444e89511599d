using System.Buffers;
using Microsoft.Extensions.FileSystemGlobbing;

namespace BuildCache.Keys;

/// <summary>Globs as they are written anywhere in BuildCache: relative to the workspace root, with <c>*</c> and <c>**</c>, case-sensitive.</summary>
public static class FileGlob
{
    private static readonly SearchValues<char> s_foreign = SearchValues.Create("?[]{}");

    /// <summary>The one way to write a glob.</summary>
    /// <param name="root">Full path of the workspace root.</param>
    /// <param name="pattern">The glob.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InvalidGlob"/>: the pattern is empty, absolute, negated, leaves the workspace, or has a character that means something in other globs.
    /// </exception>
    public static string Normalise(string root, string pattern)
    {
        string normalised = pattern.Replace('\\', '/');
        return normalised.Trim().Length == 0 || Path.IsPathRooted(normalised) || normalised[0] == '!' || normalised.Split('/').Contains("..") || normalised.Contains('\0', StringComparison.Ordinal)
            ? throw new BuildCacheException(ErrorId.InvalidGlob, $"'{pattern}' is not a valid glob inside the workspace. Write it relative to '{root}', as in 'src/**/*.cs'.")
            : HasForeign(root, normalised) ? throw new BuildCacheException(ErrorId.InvalidGlob,
                $"The glob '{pattern}' has one of the characters ? [ ] {{ }}, which match nothing but themselves here; only * and ** have a meaning. Give several globs in place of alternatives, and name a file whose name has such a character by its path, not by a glob.")
            : normalised;
    }

    /// <summary>What matches any of some normalised globs; <see langword="null"/> for none.</summary>
    internal static Matcher? MatcherOf(IReadOnlyCollection<string> globs)
    {
        if (globs.Count == 0)
        {
            return null;
        }

        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(globs);
        return matcher;
    }

    /// <summary>Finds the files that a normalised glob matches. A link to a directory is not entered, so that each file is found once and the walk ends.</summary>
    /// <param name="root">Full path of the directory that the glob is relative to; one that is not there has no files.</param>
    /// <param name="glob">The glob.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: a directory cannot be listed.</exception>
    public static GlobMatch Match(string root, string glob, CancellationToken cancellationToken = default)
    {
        var walk = new GlobWalk(root, cancellationToken);
        // Sorted, so that the first file that cannot be read is the same one each time.
        List<string> files = [.. MatcherOf([glob])!.Execute(walk.Root).Files.Select(match => match.Path)];
        files.Sort(StringComparer.Ordinal);
        walk.Links.Sort(StringComparer.Ordinal);
        return new GlobMatch(glob, files, walk.Links);
    }

    // The directories that a glob starts with may have such a name, if they are there: then nothing else can be meant.
    private static bool HasForeign(string root, string glob)
    {
        int wildcard = glob.IndexOf('*', StringComparison.Ordinal);
        int end = wildcard < 0 ? 0 : glob.LastIndexOf('/', wildcard) + 1;
        return glob.AsSpan(end).ContainsAny(s_foreign)
            || (glob.AsSpan(0, end).ContainsAny(s_foreign) && !Directory.Exists(Path.Combine(root, glob[..end])));
    }
}

/// <summary>What a glob matches.</summary>
/// <param name="Glob">The glob.</param>
/// <param name="Files">The files, relative to the root, sorted.</param>
/// <param name="Links">Links to directories that the glob leads to and that are not entered, relative to the root, sorted.</param>
public sealed record GlobMatch(string Glob, IReadOnlyList<string> Files, IReadOnlyList<string> Links)
{
    private const int Shown = 5;

    /// <summary>What the user of an input glob has to know: that it matches nothing, or that it did not enter a link.</summary>
    public IEnumerable<BuildCacheException> Notices
    {
        get
        {
            if (Files.Count == 0)
            {
                yield return new BuildCacheException(ErrorId.EmptyGlob,
                    $"The glob '{Glob}' matches no file, so no change of a file changes the key. Check it: globs are relative to the workspace root and case-sensitive, and '**/' stands for directories of any depth.");
            }

            if (Links.Count > 0)
            {
                yield return new BuildCacheException(ErrorId.LinkNotEntered,
                    $"The glob '{Glob}' does not enter {LinksForPeople}: no change behind a link to a directory changes the key. If it counts, add a glob of the directory that the link points to; else narrow the glob.");
            }
        }
    }

    /// <summary>The links by name: <c>the link 'a'</c>, <c>the links 'a', 'b'</c>.</summary>
    internal string LinksForPeople =>
        (Links.Count == 1 ? "the link " : "the links ") + string.Join(", ", Links.Take(Shown).Select(link => $"'{link}'")) + (Links.Count > Shown ? $" and {Links.Count - Shown} more" : "");
}
