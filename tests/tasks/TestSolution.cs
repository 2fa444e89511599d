using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace BuildCache.MSBuild.Tests;

/// <summary>Real projects in a temporary folder, built by the real <c>dotnet</c>, with a cache of their own.</summary>
internal sealed partial class TestSolution : IDisposable
{
    private static readonly string s_repository =
        typeof(TestSolution).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "RepositoryRoot").Value!;

    private readonly string _top = Directory.CreateTempSubdirectory("buildcache-test-").FullName;
    private readonly bool _ownsTop = true;

    public TestSolution()
    {
        Root = Path.Combine(_top, "work");
        Home = Path.Combine(_top, "home");
        // A root of its own, so that nothing above the temporary folder takes part.
        Write("buildcache.json", """{ "project": "test" }""");
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" Condition="'$(BuildCacheImports)' != ''" />
            </Project>
            """);
    }

    // A second checkout of the same sources beside the first, over the same cache.
    private TestSolution(TestSolution other, string name)
    {
        (_top, _ownsTop, Home) = (other._top, false, other.Home);
        Root = Path.Combine(_top, name);
        foreach (string file in Directory.EnumerateFiles(other.Root, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(other.Root, file);
            if (!relative.Split('/', '\\').Any(part => part is "bin" or "obj" or "artifacts"))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Root, relative))!);
                File.Copy(file, Path.Combine(Root, relative));
            }
        }
    }

    // A folder of another one: projects of their own, built together with the rest.
    private TestSolution(TestSolution whole, Func<string, string> root) => (_top, _ownsTop, Home, Root) = (whole._top, false, whole.Home, root(whole.Root));

    /// <summary>The folder with the package's imports as the build lays it out.</summary>
    public static string Imports => Path.Combine(s_repository, "out", "msbuild", "build") + Path.DirectorySeparatorChar;

    public static string Repository => s_repository;

    public string Root { get; }

    public string Home { get; }

    public string Store => Path.Combine(Home, "store");

    public Dictionary<string, string> Environment { get; } = [];

    public string ReportFile => Path.Combine(_top, Path.GetFileName(Root) + ".report.json");

    public TestSolution Copy(string name) => new(this, name);

    /// <summary>A folder that is arranged like a solution of its own.</summary>
    public TestSolution Folder(string name) => new(this, root => Path.Combine(root, name));

    public string PathOf(string path) => Path.Combine(Root, path);

    public TestSolution Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), content);
        return this;
    }

    public TestSolution Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllBytes(PathOf(path), content);
        return this;
    }

    public void Replace(string path, string old, string replacement)
    {
        string text = File.ReadAllText(PathOf(path));
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(PathOf(path), text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>Adds a library whose source gives one warning.</summary>
    public TestSolution AddLibrary(string name = "Lib", string properties = "", string items = "", string? source = null) => this
        .Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                {properties}
              </PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """)
        .Write($"{name}/{name}.cs", source ?? $$"""
            namespace {{name}};
            public class C
            {
                public int M() { int unused; return 1; }
            }
            """);

    public void Restore(string project) => Run("restore", project).Succeeded();

    /// <summary>Builds with the cache.</summary>
    public BuildResult Build(string project, params string[] arguments) => Command("build", project, true, arguments);

    /// <summary>Builds as if the cache had never been thought of.</summary>
    public BuildResult BuildWithoutCache(string project, params string[] arguments) => Command("build", project, false, arguments);

    public BuildResult Command(string verb, string project, bool cached, params string[] arguments) =>
        Run([verb, project, "--no-restore", "-m:1", "-nr:false", "-tl:off", "-clp:NoSummary", .. CacheArguments(cached), .. arguments]);

    /// <summary>What makes a build use the cache, or nothing.</summary>
    public IEnumerable<string> CacheArguments(bool cached) =>
        cached ? [$"-p:BuildCacheImports={Imports}", $"-p:BuildCacheReport={ReportFile}"] : [];

    public BuildResult Run(params string[] arguments)
    {
        File.Delete(ReportFile);
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return BuildResult.Of(process.ExitCode, output, ReportFile, Root);
    }

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("BUILDCACHE_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["BUILDCACHE_HOME"] = Home;
        // The default of the SDK, whatever the environment of this machine says.
        start.Environment["UseSharedCompilation"] = "true";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Removes all that a build made and keeps what a restore made: a clean checkout, restored.</summary>
    public void Wipe()
    {
        foreach (string directory in Directory.EnumerateDirectories(Root, "*", SearchOption.AllDirectories)
            .Where(directory => Path.GetFileName(directory) is "bin" or "obj").OrderByDescending(directory => directory.Length))
        {
            foreach (string file in Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [])
            {
                if (!IsOfRestore(file))
                {
                    File.Delete(file);
                }
            }
        }
    }

    /// <summary>The digest of every file that a build made, by path. Caches of MSBuild's own, with times in them, are left out.</summary>
    public SortedDictionary<string, string> Outputs()
    {
        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(Root, file).Replace('\\', '/');
            bool isOutput = relative.Split('/').Any(part => part is "bin" or "obj" or "publish");
            if (isOutput && !IsOfRestore(file) && Path.GetExtension(file) != ".cache" && !relative.EndsWith(".Up2Date", StringComparison.Ordinal))
            {
                outputs[relative] = Convert.ToHexStringLower(SHA256.HashData(ContentOf(file)));
            }
        }

        return outputs;
    }

    public void Dispose()
    {
        if (_ownsTop)
        {
            Directory.Delete(_top, recursive: true);
        }
    }

    // The compiler writes into a SARIF log how long each analyzer took; no two builds have the same, with or without a cache.
    private static byte[] ContentOf(string file) => Path.GetExtension(file) == ".sarif"
        ? System.Text.Encoding.UTF8.GetBytes(ExecutionTimes().Replace(File.ReadAllText(file), ""))
        : File.ReadAllBytes(file);

    [GeneratedRegex("\"(?:analyzerExecutionTime|executionTimeIn\\w+)\": \"[^\"]*\",?")]
    private static partial Regex ExecutionTimes();

    private static bool IsOfRestore(string file) =>
        Path.GetFileName(file) is "project.assets.json" or "project.nuget.cache" || file.Contains(".nuget.", StringComparison.Ordinal);
}
