namespace BuildCache.MSBuild.Compilers;

/// <summary>The switches that <c>csc</c> and <c>vbc</c> have in common.</summary>
internal static class RoslynSwitches
{
    public const string Symbols = "symbols";
    public const string Assembly = "assembly";
    public const string Reference = "reference assembly";
    public const string Documentation = "documentation";
    public const string Log = "log";
    public const string Generated = "generated";

    private const string WritesMore = "it writes files that no build expects";

    /// <summary>Those that are more than a text.</summary>
    public static Dictionary<string, CompilerSwitch> Common() => new(StringComparer.Ordinal)
    {
        ["errorreport"] = new(SwitchRole.Ignored, ""),
        ["nologo"] = new(SwitchRole.Ignored, ""),
        ["noconfig"] = new(SwitchRole.Ignored, ""),
        ["sqmsessionguid"] = new(SwitchRole.Ignored, ""),
        ["parallel"] = new(SwitchRole.Ignored, ""),
        ["parallel+"] = new(SwitchRole.Ignored, ""),
        ["parallel-"] = new(SwitchRole.Ignored, ""),
        ["p"] = new(SwitchRole.Ignored, ""),
        ["p+"] = new(SwitchRole.Ignored, ""),
        ["p-"] = new(SwitchRole.Ignored, ""),
        ["shared"] = new(SwitchRole.Ignored, ""),
        ["keepalive"] = new(SwitchRole.Ignored, ""),

        ["r"] = new(SwitchRole.References, "reference"),
        ["reference"] = new(SwitchRole.References, "reference"),
        ["l"] = new(SwitchRole.References, "reference"),
        ["link"] = new(SwitchRole.References, "reference"),
        ["addmodule"] = new(SwitchRole.References, "module"),
        ["a"] = new(SwitchRole.Guests, "analyzer"),
        ["analyzer"] = new(SwitchRole.Guests, "analyzer"),
        ["additionalfile"] = new(SwitchRole.OptionalFile, "additional file"),
        ["analyzerconfig"] = new(SwitchRole.AnalyzerConfig, "analyzer configuration"),
        ["ruleset"] = new(SwitchRole.RuleSet, "rule set"),
        ["res"] = new(SwitchRole.Resource, "resource"),
        ["resource"] = new(SwitchRole.Resource, "resource"),
        ["linkres"] = new(SwitchRole.Resource, "linked resource"),
        ["linkresource"] = new(SwitchRole.Resource, "linked resource"),
        ["embed"] = new(SwitchRole.Files, "embedded file"),
        ["keyfile"] = new(SwitchRole.File, "key file"),
        ["win32icon"] = new(SwitchRole.File, "icon"),
        ["win32manifest"] = new(SwitchRole.File, "manifest"),
        ["win32res"] = new(SwitchRole.File, "native resource"),
        ["win32resource"] = new(SwitchRole.File, "native resource"),
        ["sourcelink"] = new(SwitchRole.SourceLink, "source link"),
        ["pathmap"] = new(SwitchRole.PathMap, "path map"),

        ["out"] = new(SwitchRole.Output, Assembly),
        ["refout"] = new(SwitchRole.Output, Reference),
        ["doc"] = new(SwitchRole.Output, Documentation),
        ["errorlog"] = new(SwitchRole.ErrorLog, Log),
        ["generatedfilesout"] = new(SwitchRole.GeneratedFolder, Generated),

        ["keycontainer"] = new(SwitchRole.Bypass, "", "it signs with a key container, which is outside of any file; sign with a key file"),
        ["touchedfiles"] = new(SwitchRole.Bypass, "", WritesMore),
        ["bugreport"] = new(SwitchRole.Bypass, "", WritesMore),
        ["recurse"] = new(SwitchRole.Bypass, "", "the compiler looks for sources by itself (/recurse)"),
    };

    /// <summary>The reasons that hold for both compilers.</summary>
    public static string? ReasonToBypass(CompilerArguments arguments) =>
        arguments.IsOn("deterministic") != true ? "it is not deterministic; set Deterministic to true"
        : arguments.Output(Assembly) is null ? "it names no output"
        : arguments.Of(SwitchRole.Output).Any(argument => argument.Paths.Count == 0) ? "it names an output only by default"
        // Asked first, because looking at every reference costs a hit more than the rest of this.
        : (arguments.Has("lib") || arguments.Has("libpath") || arguments.Has("libpaths") || Environment.GetEnvironmentVariable("LIB") is { Length: > 0 })
            && arguments.Of(SwitchRole.References).SelectMany(argument => argument.Paths).FirstOrDefault(path => !File.Exists(path)) is { } absent
            ? $"the compiler looks for '{Path.GetFileName(absent)}' in several folders"
        : Scanner(arguments) is { } scanner ? scanner
        : null;

    /// <summary>Where the compiler writes the symbols: beside the assembly, or where a switch says.</summary>
    public static string? SymbolsOf(CompilerArguments arguments) =>
        !HasSymbols(arguments) || arguments.Output(Assembly) is not { } assembly ? null
        : arguments.Value("pdb") is { Length: > 0 } pdb ? Path.ChangeExtension(arguments.FullPath(ArgumentText.Unquote(pdb)), ".pdb")
        : Path.ChangeExtension(assembly, ".pdb");

    // The last of the switches decides; "embedded" puts the symbols into the assembly.
    private static bool HasSymbols(CompilerArguments arguments)
    {
        bool has = false;
        bool embedded = false;
        foreach (CompilerArgument argument in arguments.All)
        {
            switch (argument.Name)
            {
                case "debug" or "debug+":
                    has = true;
                    embedded = argument.Value is null ? embedded : argument.Value.Equals("embedded", StringComparison.OrdinalIgnoreCase);
                    break;
                case "debug-":
                    has = false;
                    break;
            }
        }

        return has && !embedded && !arguments.Has("refonly") && !arguments.Has("refonly+");
    }

    // The analyzers of a scanner write files of their own beside the outputs. A hit would not have them, and the scan would be empty.
    private static string? Scanner(CompilerArguments arguments) =>
        arguments.Of(SwitchRole.OptionalFile).SelectMany(argument => argument.Paths)
            .Any(path => Path.GetFileName(path) is "SonarProjectConfig.xml" or "ProjectOutFolderPath.txt")
            ? "the SonarQube scanner takes results from the compiler that no output holds"
            : null;
}
