using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>
/// MSBuild's server and nodes for the builds of one solution alone: a salt of its own keeps them apart from every other build
/// on the machine, and names the processes that are ended at the end.
/// </summary>
internal sealed class OwnNodes : IDisposable
{
    private const string Variable = "MSBUILDNODEHANDSHAKESALT";
    private readonly TestSolution _solution;
    private readonly Dictionary<string, string> _before;
    private readonly string _mark;

    public OwnNodes(TestSolution solution)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the processes of a build are found in /proc");
        _solution = solution;
        _before = new Dictionary<string, string>(solution.Environment);
        string salt = Guid.NewGuid().ToString("N");
        _mark = $"{Variable}={salt}";
        solution.Environment[Variable] = salt;
    }

    /// <summary>Lets the builds of the solution run in MSBuild's server.</summary>
    public OwnNodes WithServer()
    {
        _solution.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "1";
        return this;
    }

    /// <summary>The server, if it runs.</summary>
    public int? Server => Find("/nodemode:8").Cast<int?>().FirstOrDefault();

    public static void Kill(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            found.Kill();
            found.WaitForExit();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It has ended.
        }
    }

    public void Dispose()
    {
        foreach (int process in Find("/nodemode:"))
        {
            Kill(process);
        }

        _solution.Environment.Clear();
        foreach ((string name, string value) in _before)
        {
            _solution.Environment[name] = value;
        }
    }

    // The compiler server also has the salt in its environment, but other builds use it too.
    private List<int> Find(string argument) =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Where(name => Read(name!, "cmdline").Contains(argument, StringComparison.OrdinalIgnoreCase) && Read(name!, "environ").Split('\0').Contains(_mark))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    private static string Read(string process, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{process}/{file}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
