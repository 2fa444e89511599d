using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Tells which compiler a command line runs.</summary>
internal static class CompilerProgram
{
    /// <summary>Full path of the folder with the compiler: that of the program, or of the assembly that <c>dotnet</c> runs.</summary>
    public static string FolderOf(CompilerDescription compiler, CompilerCall call) =>
        Path.GetDirectoryName(Path.GetFullPath(IsHost(call.PathToTool) && AssemblyOf(compiler, call) is { } assembly ? assembly : call.PathToTool)) ?? "";

    /// <summary>The command line without what makes <c>dotnet</c> run the compiler.</summary>
    public static string ArgumentsOf(CompilerDescription compiler, CompilerCall call) =>
        IsHost(call.PathToTool) && AssemblyOf(compiler, call) is { } assembly
            ? call.CommandLine[(call.CommandLine.IndexOf(assembly, StringComparison.Ordinal) + assembly.Length)..].TrimStart('"')
            : call.CommandLine;

    /// <summary>Why this compiler is not one that is known, or <see langword="null"/>.</summary>
    public static string? ReasonToBypass(CompilerDescription compiler, string folder, ICompilerTask task)
    {
        // The compilers of the SDK and of packages lie beside their tasks.
        string tasks = Path.GetDirectoryName(task.GetType().BaseType!.Assembly.Location)!;
        return !File.Exists(Path.Combine(folder, compiler.Program + ".dll")) || !(folder == tasks || folder.StartsWith(tasks + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            ? "it names a compiler of its own"
            : null;
    }

    private static bool IsHost(string program) => Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);

    private static string? AssemblyOf(CompilerDescription compiler, CompilerCall call) =>
        ArgumentText.Split(call.CommandLine).Select(ArgumentText.Unquote).FirstOrDefault(word => Path.GetFileName(word).Equals(compiler.Program + ".dll", StringComparison.OrdinalIgnoreCase));
}
