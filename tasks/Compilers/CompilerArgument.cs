namespace BuildCache.MSBuild.Compilers;

/// <summary>One argument of a compiler, understood as far as a key must.</summary>
/// <param name="Switch">What it is.</param>
/// <param name="Name">The name of the switch in lower case, without its sign; <c>""</c> for a source file.</param>
/// <param name="Value">The text behind the colon, or the file; <see langword="null"/> for a switch without one.</param>
/// <param name="Paths">Full paths of the files that it names.</param>
internal sealed record CompilerArgument(CompilerSwitch Switch, string Name, string? Value, IReadOnlyList<string> Paths);
