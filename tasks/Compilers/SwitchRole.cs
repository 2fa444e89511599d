namespace BuildCache.MSBuild.Compilers;

/// <summary>What the value of a command-line switch is to a compilation.</summary>
internal enum SwitchRole
{
    /// <summary>A text that counts as it is. Files that it names count by content, too: so does every switch that is not described.</summary>
    Value,

    /// <summary>Neither the outputs nor the diagnostics depend on it.</summary>
    Ignored,

    /// <summary>Files to read, separated by commas or semicolons.</summary>
    Files,

    /// <summary>One file to read.</summary>
    File,

    /// <summary>Assemblies to read, each with an alias before <c>=</c>. They count by file name and content, not by folder.</summary>
    References,

    /// <summary>Assemblies that the compiler runs: analyzers, generators, type providers.</summary>
    Guests,

    /// <summary>A file to read, then after commas how it is called and who sees it.</summary>
    Resource,

    /// <summary>A file whose absence is an input like its content.</summary>
    OptionalFile,

    /// <summary>A configuration of analyzers.</summary>
    AnalyzerConfig,

    /// <summary>A rule set, which may include others.</summary>
    RuleSet,

    /// <summary>The map of source files to their addresses, which the symbols hold.</summary>
    SourceLink,

    /// <summary>Pairs of folders: what stands in the outputs in place of which folder.</summary>
    PathMap,

    /// <summary>A file that the compiler writes.</summary>
    Output,

    /// <summary>A file that the compiler writes, then options after a comma or a semicolon.</summary>
    ErrorLog,

    /// <summary>The folder that generated sources are written to.</summary>
    GeneratedFolder,

    /// <summary>Something that no key can cover.</summary>
    Bypass,
}
