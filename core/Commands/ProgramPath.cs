namespace BuildCache.Commands;

/// <summary>Finds programs as a shell does.</summary>
internal static class ProgramPath
{
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>: there is none.</exception>
    public static string Find(string program, string directory)
    {
        if (string.IsNullOrWhiteSpace(program))
        {
            throw new BuildCacheException(ErrorId.InvalidCommand, "There is nothing to run. Give a program.");
        }

        bool isPath = program.Contains('/', StringComparison.Ordinal) || program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        IEnumerable<string> directories = isPath ? [directory]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        foreach (string folder in directories)
        {
            foreach (string extension in Extensions(program))
            {
                string path = Path.GetFullPath(Path.Combine(folder, program + extension), directory);
                if (File.Exists(path) && IsExecutable(path))
                {
                    return path;
                }
            }
        }

        throw new BuildCacheException(ErrorId.InvalidCommand, isPath
            ? $"There is no program '{program}' below '{directory}'. Check the path, and that the file can be executed."
            : $"There is no program '{program}' on the PATH. Install it, or give its path.");
    }

    private static string[] Extensions(string program) =>
        !OperatingSystem.IsWindows() ? [""]
        : Path.HasExtension(program) ? ["", .. Known()]
        : Known();

    private static string[] Known() => (Environment.GetEnvironmentVariable("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").Split(';', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
