namespace BuildCache.MSBuild.Compilers;

/// <summary>What the cache knows of a compiler: its switches, its files, its language. One file describes one compiler.</summary>
internal sealed class CompilerDescription
{
    /// <summary>The name of the MSBuild task, for example <c>Csc</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The file name of the compiler without its extension.</summary>
    public required string Program { get; init; }

    /// <summary>The switches that are more than a text, by their names in lower case.</summary>
    public required IReadOnlyDictionary<string, CompilerSwitch> Switches { get; init; }

    /// <summary>What a source file is called in messages.</summary>
    public CompilerSwitch Source { get; } = new(SwitchRole.File, "source");

    /// <summary>Whether <c>/</c> begins a switch, and not only <c>-</c>.</summary>
    public bool HasSlashSwitches { get; init; } = true;

    /// <summary>Whether every line of a response file is one argument. Otherwise blanks separate them.</summary>
    public bool HasOneArgumentALine { get; init; }

    /// <summary>The response file beside the compiler that is read unless <c>/noconfig</c> is given, or <see langword="null"/>.</summary>
    public string? DefaultResponseFile { get; init; }

    /// <summary>A switch that makes the compiler list what it read and wrote, or <see langword="null"/>.</summary>
    public string? TouchedFilesSwitch { get; init; }

    /// <summary>Where the symbols are written when no switch says so; <see langword="null"/> where there are none.</summary>
    public required Func<CompilerArguments, string?> Symbols { get; init; }

    /// <summary>Finds reasons in the arguments as a whole for which the compilation cannot come from the cache.</summary>
    public required Func<CompilerArguments, string?> ReasonToBypass { get; init; }

    /// <summary>Files that the compiler reads and no argument names.</summary>
    public Func<CompilerArguments, IEnumerable<string>> ImpliedFiles { get; init; } = _ => [];
}
