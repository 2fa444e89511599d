namespace BuildCache.MSBuild.Compilers;

/// <summary>The Visual Basic compiler.</summary>
internal static class VbcDescription
{
    private static readonly string[] s_runtime = ["Microsoft.VisualBasic.dll", "mscorlib.dll", "System.dll"];

    public static CompilerDescription Instance { get; } = new()
    {
        Name = "Vbc",
        Program = "vbc",
        Switches = RoslynSwitches.Common(),
        DefaultResponseFile = "vbc.rsp",
        TouchedFilesSwitch = "/touchedfiles:",
        Symbols = RoslynSwitches.SymbolsOf,
        ReasonToBypass = RoslynSwitches.ReasonToBypass,
        ImpliedFiles = Runtime,
    };

    // The compiler takes its runtime from the folder of /sdkpath when no reference has it.
    private static IEnumerable<string> Runtime(CompilerArguments arguments) =>
        arguments.All.Where(argument => argument.Name == "sdkpath" && argument.Value is { Length: > 0 })
            .SelectMany(argument => ArgumentText.List(argument.Value!, ',', ';'))
            .SelectMany(folder => s_runtime.Select(file => Path.Combine(arguments.FullPath(folder), file)))
            .Distinct(StringComparer.Ordinal);
}
