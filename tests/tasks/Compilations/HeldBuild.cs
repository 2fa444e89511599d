using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>A build that is stopped around the run of its compiler, so that something else can happen just then.</summary>
internal static class HeldBuild
{
    /// <summary>Builds with the cache. The process of MSBuild stands still from the start of the compiler until the actions are done.</summary>
    /// <param name="solution">The projects, restored.</param>
    /// <param name="project">What is built; it is the first compilation that is held.</param>
    /// <param name="beforeItReads">Done when the compiler has started and has not read its inputs.</param>
    /// <param name="afterItEnded">Done when the compiler has written its outputs, before MSBuild learns that.</param>
    /// <param name="arguments">More arguments of the build.</param>
    public static BuildResult Run(TestSolution solution, string project, Action? beforeItReads, Action? afterItEnded, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are found in /proc and stopped by signals");
        using Process build = solution.Start(
            ["build", project, "--no-restore", "-m:1", "-nr:false", "-tl:off", "-clp:NoSummary", "-p:UseSharedCompilation=false", .. solution.CacheArguments(true), .. arguments]);
        Task<string> output = build.StandardOutput.ReadToEndAsync();
        Task<string> errors = build.StandardError.ReadToEndAsync();
        int compiler;
        while ((compiler = CompilerOf(build.Id)) == 0)
        {
            Assert.False(build.HasExited, "no compiler ran\n" + (build.HasExited ? output.Result : ""));
            Thread.Sleep(1);
        }

        if (beforeItReads is not null)
        {
            Signal("STOP", compiler);
        }

        Signal("STOP", build.Id);
        try
        {
            beforeItReads?.Invoke();
            Signal("CONT", compiler);
            while (!HasEnded(compiler))
            {
                Thread.Sleep(5);
            }

            afterItEnded?.Invoke();
        }
        finally
        {
            Signal("CONT", build.Id);
            build.WaitForExit();
        }

        return BuildResult.Of(build.ExitCode, output.Result + errors.Result, solution.ReportFile, solution.Root);
    }

    private static int CompilerOf(int process)
    {
        foreach (string child in Read($"/proc/{process}/task", process).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int id = int.Parse(child, CultureInfo.InvariantCulture);
            if (Text($"/proc/{child}/cmdline").Split('\0').Any(part => Path.GetFileNameWithoutExtension(part) is "csc" or "vbc"))
            {
                return id;
            }

            if (CompilerOf(id) is not 0 and var found)
            {
                return found;
            }
        }

        return 0;
    }

    // Each thread has the children that it started.
    private static string Read(string tasks, int process) => Directory.Exists(tasks)
        ? string.Concat(Threads(process).Select(thread => Text($"{tasks}/{thread}/children")))
        : "";

    private static string[] Threads(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{process}/task").Select(path => Path.GetFileName(path))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    // What has ended stays as a zombie while its parent is stopped.
    private static bool HasEnded(int process) => Text($"/proc/{process}/stat") is var stat && (stat.Length == 0 || stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z'));

    private static string Text(string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Signal(string name, int process)
    {
        using Process kill = Process.Start("kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
