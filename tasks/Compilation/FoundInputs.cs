using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Files that a compiler read although nothing that it was given names them, found by its own list.</summary>
internal static class FoundInputs
{
    // As without options, but for a folder that may not be listed: nothing is found there.
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = true, MatchType = MatchType.Win32 };

    /// <summary>Their paths, with the roots taken out. A file that the compiler looked for and did not find is among them.</summary>
    /// <param name="touched">The compiler's list.</param>
    /// <param name="known">Full paths of the inputs that the key has.</param>
    /// <param name="outputs">Full paths of the outputs, some of which a compiler reads again.</param>
    /// <param name="arguments">What the compiler is given.</param>
    /// <param name="roots">The roots.</param>
    public static IReadOnlyList<string> Of(TouchedFiles touched, IEnumerable<string> known, IEnumerable<string> outputs, CompilerArguments arguments, PathRoots roots) =>
        [.. touched.ReadBesides(known.Concat(outputs).Append(arguments.Directory)).Select(listed => roots.Normalise(WithCase(listed))).Order(StringComparer.Ordinal)];

    /// <summary>Finds a file whatever the case of its path, because the compiler's list is in upper case.</summary>
    /// <returns><see langword="null"/> when there is none, or the path is not a full one.</returns>
    public static string? Find(string path) => Path.IsPathFullyQualified(path) && WithCase(path) is var found && File.Exists(found) ? found : null;

    // The path as the file system has it, as far as there is one; what is not there stays as it is.
    private static string WithCase(string listed)
    {
        string path = Path.GetPathRoot(listed)!;
        string[] parts = listed[path.Length..].Split(Path.DirectorySeparatorChar);
        for (int i = 0; i < parts.Length; i++)
        {
            string exact = Path.Combine(path, parts[i]);
            string? match = Path.Exists(exact) ? exact
                : Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path, "*", s_all).Order(StringComparer.Ordinal)
                    .FirstOrDefault(entry => Path.GetFileName(entry).Equals(parts[i], StringComparison.OrdinalIgnoreCase))
                : null;
            if (match is null)
            {
                return Path.Combine(path, Path.Combine(parts[i..]));
            }

            path = match;
        }

        return path;
    }
}
