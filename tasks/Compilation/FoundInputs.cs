using BuildCache.Keys;
using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Files that a compiler read although nothing that it was given names them, found by its own list.</summary>
internal static class FoundInputs
{
    /// <summary>Their paths, with the roots taken out.</summary>
    /// <param name="touched">The compiler's list.</param>
    /// <param name="known">Full paths of the inputs that the key has.</param>
    /// <param name="outputs">Full paths of the outputs, some of which a compiler reads again.</param>
    /// <param name="arguments">What the compiler is given.</param>
    /// <param name="roots">The roots.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: a file of the list cannot be found again.</exception>
    public static IReadOnlyList<string> Of(TouchedFiles touched, IEnumerable<string> known, IEnumerable<string> outputs, CompilerArguments arguments, PathRoots roots)
    {
        List<string> found = [];
        foreach (string listed in touched.ReadBesides(known.Concat(outputs).Append(arguments.Directory)))
        {
            // The list is in upper case, so a file is looked for among those beside it.
            string path = File.Exists(listed) ? listed : Restore(listed)
                ?? throw new BuildCacheException(ErrorId.InputNotFound, $"The compiler read '{listed}', which cannot be found again. The compilation is not saved.");
            found.Add(roots.Normalise(path));
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static string? Restore(string listed)
    {
        string path = Path.GetPathRoot(listed)!;
        foreach (string part in listed[path.Length..].Split(Path.DirectorySeparatorChar))
        {
            string? match = Directory.Exists(path)
                ? Directory.EnumerateFileSystemEntries(path).Where(entry => Path.GetFileName(entry).Equals(part, StringComparison.OrdinalIgnoreCase)).Take(2).ToArray() is [var only] ? only : null
                : null;
            if (match is null)
            {
                return null;
            }

            path = match;
        }

        return path;
    }
}
