namespace BuildCache.MSBuild.Compilers;

/// <summary>The F# compiler.</summary>
/// <remarks>What is bypassed runs code that nothing here can look into: a type provider reads a database or a web service while it compiles.</remarks>
internal static class FscDescription
{
    private const string Signature = "signature";

    public static CompilerDescription Instance { get; } = new()
    {
        Name = "Fsc",
        Program = "fsc",
        HasSlashSwitches = OperatingSystem.IsWindows(),
        HasOneArgumentALine = true,
        Switches = new Dictionary<string, CompilerSwitch>(StringComparer.Ordinal)
        {
            ["nologo"] = new(SwitchRole.Ignored, ""),
            ["r"] = new(SwitchRole.References, "reference"),
            ["reference"] = new(SwitchRole.References, "reference"),
            ["res"] = new(SwitchRole.Resource, "resource"),
            ["resource"] = new(SwitchRole.Resource, "resource"),
            ["linkres"] = new(SwitchRole.Resource, "linked resource"),
            ["linkresource"] = new(SwitchRole.Resource, "linked resource"),
            // The task does not quote the names, so those of the SDK's own sources fall apart at their comma; the compiler passes over what is not there.
            ["embed"] = new(SwitchRole.OptionalFile, "embedded file"),
            ["sourcelink"] = new(SwitchRole.SourceLink, "source link"),
            ["keyfile"] = new(SwitchRole.File, "key file"),
            ["win32icon"] = new(SwitchRole.File, "icon"),
            ["win32res"] = new(SwitchRole.File, "native resource"),
            ["win32manifest"] = new(SwitchRole.File, "manifest"),
            ["versionfile"] = new(SwitchRole.File, "version file"),
            ["pathmap"] = new(SwitchRole.PathMap, "path map"),

            ["o"] = new(SwitchRole.Output, RoslynSwitches.Assembly),
            ["out"] = new(SwitchRole.Output, RoslynSwitches.Assembly),
            ["refout"] = new(SwitchRole.Output, RoslynSwitches.Reference),
            ["pdb"] = new(SwitchRole.Output, RoslynSwitches.Symbols),
            ["doc"] = new(SwitchRole.Output, RoslynSwitches.Documentation),
            ["sig"] = new(SwitchRole.Output, Signature),

            ["keycontainer"] = new(SwitchRole.Bypass, "", "it signs with a key container, which is outside of any file; sign with a key file"),
            ["compilertool"] = new(SwitchRole.Bypass, "", "a compiler tool (--compilertool) may read anything"),
            ["load"] = new(SwitchRole.Bypass, "", "--load runs a script"),
            ["use"] = new(SwitchRole.Bypass, "", "--use runs a script"),
            ["allsigs"] = new(SwitchRole.Bypass, "", "it writes files that no build expects (--allsigs)"),
            ["times"] = new(SwitchRole.Bypass, "", "it reports how long it took (--times)"),
            ["staticlink"] = new(SwitchRole.Bypass, "", "--staticlink reads assemblies that no argument names"),
            ["standalone"] = new(SwitchRole.Bypass, "", "--standalone reads assemblies that no argument names"),
        },
        Symbols = SymbolsOf,
        ReasonToBypass = ReasonToBypass,
    };

    private static string? SymbolsOf(CompilerArguments arguments)
    {
        CompilerArgument? debug = arguments.All.LastOrDefault(argument => argument.Name is "debug" && argument.Value is not null);
        bool has = arguments.IsOn("debug") ?? arguments.IsOn("g") ?? false;
        return !has || debug?.Value is "embedded" || arguments.Has("refonly") || arguments.Output(RoslynSwitches.Assembly) is not { } assembly ? null
            : arguments.Output(RoslynSwitches.Symbols) ?? Path.ChangeExtension(assembly, ".pdb");
    }

    private static string? ReasonToBypass(CompilerArguments arguments) =>
        arguments.IsOn("deterministic") != true ? "it is not deterministic; set Deterministic to true"
        : arguments.Output(RoslynSwitches.Assembly) is null ? "it names no output"
        : arguments.Of(SwitchRole.Output).Any(argument => argument.Paths.Count == 0) ? "it names an output only by default"
        : arguments.Of(SwitchRole.File).Any(argument => argument.Name.Length == 0 && Path.GetExtension(argument.Value) is ".fsx" or ".fsscript")
            ? "a script may load assemblies and files that no argument names"
        : arguments.Of(SwitchRole.References).SelectMany(argument => argument.Paths).FirstOrDefault(path => !File.Exists(path)) is { } absent
            ? $"the compiler looks for '{Path.GetFileName(absent)}' in several folders"
        : null;
}
