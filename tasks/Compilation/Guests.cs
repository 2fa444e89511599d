using BuildCache.Content;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The analyzers and generators that a compiler loads: code that sees what the compiler sees, and more.</summary>
/// <param name="files">Their full paths, each with what was noted about its content.</param>
/// <param name="roots">Tells which of them the SDK and its packages bring.</param>
internal sealed class Guests(IReadOnlyList<(string Path, byte Marks)> files, PathRoots roots)
{
    // Generators that are known to write full paths, or what they derive from them, into the code that they generate.
    private static readonly Dictionary<string, string> s_keepers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.CodeAnalysis.Razor.Compiler"] = "the Razor generator",
        ["Microsoft.NET.Sdk.Razor.SourceGenerators"] = "the Razor generator",
    };

    /// <summary>A generator that is known to keep paths, as a person calls it, or <see langword="null"/>.</summary>
    public string? KnownToKeepPaths => files.Select(file => s_keepers.GetValueOrDefault(Path.GetFileNameWithoutExtension(file.Path))).FirstOrDefault(name => name is not null);

    /// <summary>Whether a generator is among them that comes from neither the SDK nor Microsoft's packages, and so may look at anything.</summary>
    public bool AreStrange => files.Any(file => (file.Marks & AssemblyScan.MayGenerate) != 0 && !roots.IsOfVendor(file.Path));

    /// <summary>A generator that asks for paths and was not published, or <see langword="null"/>.</summary>
    /// <param name="configurationNamesPlace">Whether what any generator may ask for holds the place.</param>
    public string? MayKeepPaths(bool configurationNamesPlace) => files
        .Where(file => (file.Marks & AssemblyScan.MayGenerate) != 0 && !roots.IsInstalled(file.Path)
            && ((file.Marks & AssemblyScan.SeesPaths) != 0 || configurationNamesPlace))
        .Select(file => Path.GetFileNameWithoutExtension(file.Path)).FirstOrDefault();
}
