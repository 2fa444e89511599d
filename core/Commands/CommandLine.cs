using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Commands;

/// <summary>A program to run with its arguments, or a line for the shell.</summary>
public sealed class CommandLine
{
    private CommandLine(string name, string program, IReadOnlyList<string> arguments, bool isShell) =>
        (Name, Program, Arguments, IsShell) = (name, program, arguments, isShell);

    /// <summary>What the program is called by.</summary>
    public string Name { get; }

    /// <summary>Full path of the program.</summary>
    public string Program { get; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Whether it is a line for the shell, which on Windows reads its arguments in a way of its own.</summary>
    public bool IsShell { get; }

    /// <summary>A program with arguments.</summary>
    /// <param name="program">A name that is looked for on the PATH, or a path.</param>
    /// <param name="arguments">The arguments, each as it is.</param>
    /// <param name="directory">Where a relative path starts.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>: there is no such program.</exception>
    public static CommandLine OfProgram(string program, IReadOnlyList<string> arguments, string directory) =>
        new(program, ProgramPath.Resolve(program, directory), arguments, isShell: false);

    /// <summary>A line for the shell of the platform: <c>/bin/sh</c>, on Windows <c>cmd</c>.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>: the line is empty.</exception>
    public static CommandLine OfShell(string line) =>
        string.IsNullOrWhiteSpace(line) ? throw new BuildCacheException(ErrorId.InvalidCommand, "There is nothing to run. Give a command.")
        : OperatingSystem.IsWindows() ? new("cmd", Path.Combine(Environment.SystemDirectory, "cmd.exe"), ["/d", "/s", "/c", $"\"{line}\""], isShell: true)
        : new("sh", "/bin/sh", ["-c", line], isShell: true);

    /// <summary>The command as inputs of a key: its program by content, its arguments, and where it runs.</summary>
    /// <param name="inputs">The other inputs.</param>
    /// <param name="root">Full path of the workspace root.</param>
    /// <param name="directory">Full path of the directory that it runs in.</param>
    public CommandInputs AddTo(CommandInputs inputs, string root, string directory)
    {
        return inputs with
        {
            Tools = [.. inputs.Tools, (Name, Program)],
            Others =
            [
                .. inputs.Others,
                DirectoryInput(root, directory),
                .. Arguments.Select((argument, i) => new FingerprintInput("command", $"argument {i + 1}", FingerprintBuilder.OfValue(argument))),
            ],
        };
    }

    /// <summary>Where a command runs, as an input.</summary>
    /// <inheritdoc cref="AddTo"/>
    public static FingerprintInput DirectoryInput(string root, string directory)
    {
        // Equal work in two checkouts is equal, so only where it runs within counts. Outside, all of the path does.
        string relative = Path.GetRelativePath(root, directory);
        string place = relative.Split(Path.DirectorySeparatorChar)[0] == ".." ? directory : relative.Replace(Path.DirectorySeparatorChar, '/');
        return new FingerprintInput("command", "directory", FingerprintBuilder.OfValue(place));
    }
}
