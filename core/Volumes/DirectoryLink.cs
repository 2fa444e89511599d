using System.Diagnostics;
using BuildCache.Trust;

namespace BuildCache.Volumes;

/// <summary>Links to directories: symbolic links, and junctions where Windows allows this user no others.</summary>
internal static class DirectoryLink
{
    private const int PrivilegeNotHeld = unchecked((int)0x80070522);

    /// <summary>Makes a link at a path that nothing has.</summary>
    /// <exception cref="IOException">The file system refuses, or something stands there.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system refuses.</exception>
    public static void Make(string path, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(path, target);
        }
        catch (IOException error) when (OperatingSystem.IsWindows() && error.HResult == PrivilegeNotHeld)
        {
            MakeJunction(path, target);
        }
    }

    /// <summary>Full path that a link points to, which need not exist; <see langword="null"/> when there is no link.</summary>
    public static string? TargetOf(string path) => new FileInfo(path).LinkTarget is { } target
        ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, Path.GetDirectoryName(path)!))
        : null;

    /// <summary>Removes a link and nothing of what it points to.</summary>
    public static void Remove(string path)
    {
        // To Windows a link to a directory is a directory, to others it is a file.
        if (OperatingSystem.IsWindows())
        {
            Directory.Delete(path);
        }
        else
        {
            File.Delete(path);
        }
    }

    // .NET makes no junctions.
    private static void MakeJunction(string path, string target)
    {
        // Through the environment: there is no way to write every path on a command line of cmd.
        ProcessStartInfo start = ProgramPath.StartOf(Path.Combine(Environment.SystemDirectory, "cmd.exe"));
        start.Arguments = """/d /v:off /c mklink /J "%BUILDCACHE_LINK%" "%BUILDCACHE_TARGET%" """;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["BUILDCACHE_LINK"] = path;
        start.Environment["BUILDCACHE_TARGET"] = target;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        output.Wait();
        if (process.ExitCode != 0)
        {
            throw new IOException($"Windows makes no link at '{path}': {error.Trim()}");
        }
    }
}
