using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Whether the work of a compiler depends on where the workspace, the packages and the SDK lie, and why.</summary>
/// <remarks>
/// Answered from what the compiler is given, before it runs. A path that gets into an output can be hashed, measured, encoded or cut, so the
/// outputs cannot answer. What the compiler is given and holds a place is: the paths of its sources, which a path map may replace for symbols,
/// hashed names and caller information; the log of diagnostics, which no path map reaches; and what analyzers and generators may ask for.
/// </remarks>
internal sealed class Place
{
    private Place(bool isWorkspaceFixed, bool isInstalledFixed, string? reason) =>
        (IsWorkspaceFixed, IsInstalledFixed, Reason) = (isWorkspaceFixed, isInstalledFixed, reason);

    /// <summary>Whether the work is good for this place of the workspace only.</summary>
    public bool IsWorkspaceFixed { get; }

    /// <summary>Whether the work is good for this place of the packages and the SDK only.</summary>
    public bool IsInstalledFixed { get; }

    /// <summary>Why, and what would help; <see langword="null"/> where nothing is fixed.</summary>
    public string? Reason { get; }

    /// <summary>A place that turned out to be fixed afterwards: the outputs hold its path although nothing said so.</summary>
    public static Place Everything { get; } = new(true, true, "an output holds the path of the folder");

    /// <summary>Finds out.</summary>
    /// <param name="arguments">What the compiler is given.</param>
    /// <param name="roots">The folders in question.</param>
    /// <param name="holdsCode">Whether any source may hold more than attributes.</param>
    /// <param name="sourceLinkNamesPlace">Whether the map of SourceLink, which the symbols hold, has a root in it.</param>
    /// <param name="guests">The analyzers and generators.</param>
    /// <param name="configurationNamesPlace">Whether a property that a generator may ask for, other than the project's folder, holds the place.</param>
    public static Place Of(CompilerArguments arguments, PathRoots roots, bool holdsCode, bool sourceLinkNamesPlace, Guests guests, bool configurationNamesPlace)
    {
        if (arguments.Output(RoslynSwitches.Log) is not null)
        {
            return new Place(true, true, "the log of diagnostics (ErrorLog) holds full paths");
        }

        if (guests.KnownToKeepPaths is { } known)
        {
            return new Place(true, true, $"{known} puts full paths into the code that it generates");
        }

        if (guests.MayKeepPaths(configurationNamesPlace) is { } guest)
        {
            return new Place(true, true, $"the generator {guest} can see full paths, and what it makes of them cannot be known");
        }

        // Without symbols, paths get into outputs only through code.
        bool hasSymbols = arguments.All.Any(argument => argument.Name is "debug" or "debug+" or "g" or "g+");
        if (!hasSymbols && !holdsCode)
        {
            return new Place(false, false, null);
        }

        List<string> mapped = [.. arguments.Of(SwitchRole.PathMap).SelectMany(argument => ArgumentText.List(argument.Value ?? "", ','))
            .Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2 && pair[0].Length > 0).Select(pair => Folder(arguments.FullPath(pair[0])))];
        List<string> open = [.. Given(arguments).Where(path => !mapped.Exists(folder => path.StartsWith(folder, StringComparison.Ordinal)))];
        bool workspace = open.Exists(roots.IsInWorkspace);
        bool installed = open.Exists(roots.IsInstalled);
        if (!workspace && sourceLinkNamesPlace)
        {
            return new Place(true, true, "SourceLink writes the folder into the symbols; ContinuousIntegrationBuild=true takes it out");
        }

        return new Place(workspace, installed || workspace, workspace
            ? "no PathMap takes the folder out of the outputs; ContinuousIntegrationBuild=true or a PathMap does"
            : installed ? "sources of a package keep the path of the package folder; a PathMap takes it out" : null);
    }

    /// <summary>The input that fixes the place, or nothing.</summary>
    public IEnumerable<FingerprintInput> Inputs(PathRoots roots)
    {
        if (IsWorkspaceFixed)
        {
            yield return new FingerprintInput("place", "workspace", FingerprintBuilder.OfValue(roots.WorkspaceLocation));
        }

        if (IsInstalledFixed)
        {
            yield return new FingerprintInput("place", "packages and SDK", FingerprintBuilder.OfValue(roots.InstalledLocation));
        }
    }

    // Everything whose path the compiler puts into symbols, hashed names or the assembly.
    private static IEnumerable<string> Given(CompilerArguments arguments) =>
        arguments.All.Where(argument => argument.Name.Length == 0 || argument.Switch.Kind is "embedded file" or RoslynSwitches.Assembly or RoslynSwitches.Symbols)
            .SelectMany(argument => argument.Paths);

    private static string Folder(string path) => Path.EndsInDirectorySeparator(path) ? path : path + Path.DirectorySeparatorChar;
}
