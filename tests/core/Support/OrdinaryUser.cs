using System.Reflection;

namespace BuildCache.Tests.Support;

/// <summary>Runs this test program as a user to whom permissions apply, as they do not to a superuser.</summary>
public static class OrdinaryUser
{
    private const string Nobody = "65534";

    /// <summary>Runs the program with arguments that <c>Program.cs</c> understands. Where no such user can be had the test is skipped.</summary>
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        string program = Assembly.GetExecutingAssembly().Location;
        string[] command = Path.GetFileName(Environment.ProcessPath) != "dotnet"
            ? [Environment.ProcessPath!, .. arguments]
            : [Environment.ProcessPath!, program, .. arguments];
        if (!Environment.IsPrivilegedProcess)
        {
            return Tool.Run(command[0], command[1..])!.Value;
        }

        string[] asNobody = [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];
        Assert.SkipUnless(Tool.Run("setpriv", [.. asNobody, "test", "-r", program]) is { ExitCode: 0 }, "The tests run as a superuser, and setpriv is not there or another user cannot read them.");
        return Tool.Run("setpriv", [.. asNobody, .. command], ("HOME", "/nonexistent"), ("DOTNET_CLI_HOME", "/tmp"))!.Value;
    }

    /// <summary>Gives a directory with all below it to that user.</summary>
    public static void Own(string path)
    {
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            Assert.Equal(0, Tool.Run("chown", ["-R", $"{Nobody}:{Nobody}", path])!.Value.ExitCode);
        }
    }
}
