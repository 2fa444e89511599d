using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Tour;

/// <summary>One build of a copy of the sample.</summary>
internal sealed class SampleBuild
{
    private static readonly HashSet<string> s_compared = new(StringComparer.Ordinal) { ".dll", ".pdb", ".xml", ".resources" };

    public required string Name { get; init; }

    public required int ExitCode { get; init; }

    public required string Output { get; init; }

    public required double Seconds { get; init; }

    public int Hits { get; private set; }

    public int Misses { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The digest of each file that the compiler made, by its path.</summary>
    public SortedDictionary<string, string> Outputs { get; } = new(StringComparer.Ordinal);

    /// <summary>Copies the sample to a folder, restores its packages (which is not counted), and builds it.</summary>
    /// <param name="name">What the table calls it.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="folder">The fresh folder. What the machine remembers for the cache lies beside it.</param>
    /// <param name="store">The store.</param>
    /// <param name="imports">The folder with the imports of BuildCache; none to build without.</param>
    public static SampleBuild Run(string name, string sample, string folder, string store, string? imports)
    {
        Console.WriteLine($"Building the sample {name} …");
        Copy(sample, folder);
        string report = folder + ".json";
        (int restored, string output) = Dotnet(folder, store, ["restore", "Invoices.slnx"]);
        if (restored != 0)
        {
            return new SampleBuild { Name = name, ExitCode = restored, Output = output, Seconds = 0 };
        }

        var watch = Stopwatch.StartNew();
        // No compiler server: it would be warm for the later builds and cold for the first.
        (int exitCode, output) = Dotnet(folder, store, ["build", "Invoices.slnx", "--no-restore", "-nr:false", "-tl:off", "-p:UseSharedCompilation=false",
            .. imports is null ? Array.Empty<string>() : [$"-p:BuildCacheImports={imports}", $"-p:BuildCacheReport={report}"]]);
        var build = new SampleBuild { Name = name, ExitCode = exitCode, Output = output, Seconds = watch.Elapsed.TotalSeconds };
        build.ReadReport(report);
        build.DigestOutputs(folder);
        return build;
    }

    /// <summary>Says which outputs another build does not have or has otherwise.</summary>
    public IEnumerable<string> DifferencesTo(SampleBuild other) =>
        Outputs.Keys.Union(other.Outputs.Keys)
            .Where(path => Outputs.GetValueOrDefault(path) != other.Outputs.GetValueOrDefault(path))
            .Select(path => $"{path} differs between the build {Name} and the build {other.Name}");

    private void ReadReport(string report)
    {
        if (File.Exists(report))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(report));
            Hits = json.RootElement.GetProperty("hits").GetInt32();
            Misses = json.RootElement.GetProperty("misses").GetInt32();
            Bytes = json.RootElement.GetProperty("restoredBytes").GetInt64() + json.RootElement.GetProperty("savedBytes").GetInt64();
        }
    }

    private void DigestOutputs(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (s_compared.Contains(Path.GetExtension(file)) && (path.Contains("/bin/", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal)))
            {
                Outputs[path] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(from, file);
            if (!path.Split('/', '\\').Any(part => part is "bin" or "obj"))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, path))!);
                File.Copy(file, Path.Combine(to, path));
            }
        }
    }

    private static (int ExitCode, string Output) Dotnet(string folder, string store, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        // This runs inside of a build, whose own variables are not for the builds below it.
        foreach (string variable in start.Environment.Keys.Where(IsOfMSBuild).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["BUILDCACHE_HOME"] = folder + ".home";
        start.Environment["BUILDCACHE_STORE"] = store;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static bool IsOfMSBuild(string variable) =>
        variable.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || variable is "BUILDCACHE_STORE" or "BUILDCACHE_MODE" or "BUILDCACHE_SCOPE";
}
