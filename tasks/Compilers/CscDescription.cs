namespace BuildCache.MSBuild.Compilers;

/// <summary>The C# compiler.</summary>
internal static class CscDescription
{
    public static CompilerDescription Instance { get; } = new()
    {
        Name = "Csc",
        Program = "csc",
        Switches = new Dictionary<string, CompilerSwitch>(RoslynSwitches.Common())
        {
            ["appconfig"] = new(SwitchRole.File, "application configuration"),
            ["pdb"] = new(SwitchRole.Output, RoslynSwitches.Symbols),
        },
        DefaultResponseFile = "csc.rsp",
        TouchedFilesSwitch = "/touchedfiles:",
        Symbols = RoslynSwitches.SymbolsOf,
        ReasonToBypass = RoslynSwitches.ReasonToBypass,
    };
}
