using System.Diagnostics;

namespace BuildCache.Trust;

/// <summary>
/// Finds programs. Only here is it said what a process starts: .NET looks for a bare name in the current directory before the PATH,
/// on Linux too, and that may be a checkout's. So elsewhere the analyzer forbids it.
/// </summary>
internal static class ProgramPath
{
    /// <summary>Starts a process of a program.</summary>
    /// <param name="path">Full path of the program.</param>
    public static ProcessStartInfo StartOf(string path)
    {
        Debug.Assert(Path.IsPathFullyQualified(path), "A relative path is looked for in the current directory.");
#pragma warning disable RS0030 // This is the one place.
        return new ProcessStartInfo(path);
#pragma warning restore RS0030
    }

    /// <summary>Looks for a program on the PATH. Entries that are empty or relative mean the current directory to a shell, and are passed over.</summary>
    /// <param name="name">Its name without a directory.</param>
    /// <returns>Its full path, or <see langword="null"/>.</returns>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(Path.IsPathFullyQualified).Select(directory => At(directory, name)).FirstOrDefault(path => path is not null);

    /// <summary>Finds a program that a user names: a path, or a name on the PATH.</summary>
    /// <param name="program">The path or the name.</param>
    /// <param name="directory">Full path of the directory that a relative path starts in.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>: there is none.</exception>
    public static string Resolve(string program, string directory)
    {
        if (string.IsNullOrWhiteSpace(program))
        {
            throw new BuildCacheException(ErrorId.InvalidCommand, "There is nothing to run. Give a program.");
        }

        bool isPath = program.Contains('/', StringComparison.Ordinal) || program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return (isPath ? At(directory, program) : Find(program)) ?? throw new BuildCacheException(ErrorId.InvalidCommand, isPath
            ? $"There is no program '{program}' below '{directory}'. Check the path, and that the file can be executed."
            : $"There is no program '{program}' on the PATH. Install it, or give its path.");
    }

    private static string? At(string directory, string program) =>
        Extensions(program).Select(extension => Path.GetFullPath(program + extension, directory)).FirstOrDefault(path => File.Exists(path) && IsExecutable(path));

    private static string[] Extensions(string program) =>
        !OperatingSystem.IsWindows() ? [""]
        : Path.HasExtension(program) ? ["", .. Known()]
        : Known();

    private static string[] Known() => (Environment.GetEnvironmentVariable("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").Split(';', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
