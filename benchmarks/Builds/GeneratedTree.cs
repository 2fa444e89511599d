using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>A generated solution on disk, restored, that is built again and again.</summary>
internal sealed class GeneratedTree
{
    private const string Name = "solution";

    private readonly ScratchDirectory _scratch;

    /// <summary>Writes the solution and restores it.</summary>
    public GeneratedTree(ScratchDirectory scratch, SolutionShape shape)
    {
        _scratch = scratch;
        new SolutionGenerator(shape).Write(scratch[Name]);
        Dotnet(["restore", Solution, "-p:Configuration=Release"]);
    }

    private string Solution => Path.Combine(_scratch[Name], SolutionGenerator.SolutionFile);

    /// <summary>Removes what builds have made and leaves what restoring has made, which lies in the top of <c>obj</c>.</summary>
    public void Clean()
    {
        foreach (string project in Directory.EnumerateDirectories(Path.Combine(_scratch[Name], "src")))
        {
            _scratch.Discard(Path.Combine(project, "bin"));
            _scratch.Discard(Path.Combine(project, "obj", "Release"));
        }
    }

    /// <summary>Builds everything in one process, apart from the compilers that it starts.</summary>
    /// <param name="properties">Properties of the build, <c>Name=Value</c>.</param>
    /// <param name="environment">Variables of the build.</param>
    public Cost Build(IEnumerable<string> properties, IReadOnlyDictionary<string, string?>? environment = null) =>
        Dotnet(["build", Solution, "--no-restore", "-c", "Release", "-m:1", "-nr:false", "-tl:off", "-v:m", "-clp:NoSummary", .. properties.Select(property => "-p:" + property)], environment);

    private static Cost Dotnet(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var variables = new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>())
        {
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["DOTNET_NOLOGO"] = "1",
        };
        // What `dotnet run` tells its own MSBuild is not for the one that is measured.
        foreach (string name in new[] { "MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "MSBuildSDKsPath", "MSBUILDUSESERVER", "BUILDCACHE_MODE", "BUILDCACHE_STORE", "BUILDCACHE_SCOPE" })
        {
            variables.TryAdd(name, null);
        }

        return MeasuredProcess.Run("dotnet", arguments, variables);
    }
}
