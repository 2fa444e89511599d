using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>A generated solution on disk, restored, that is built again and again.</summary>
internal sealed class GeneratedTree
{
    private const string Name = "solution";
    private const string Compiled = "compiled";
    private static readonly string Intermediate = Path.Combine($"{Path.DirectorySeparatorChar}obj", $"Release{Path.DirectorySeparatorChar}");

    private readonly ScratchDirectory _scratch;

    /// <summary>Writes the solution and restores it.</summary>
    public GeneratedTree(ScratchDirectory scratch, SolutionShape shape)
    {
        ProcessTree.Adopt();
        _scratch = scratch;
        new SolutionGenerator(shape).Write(scratch[Name]);
        Dotnet(["restore", Solution, "-p:Configuration=Release"]);
    }

    private string Solution => Path.Combine(_scratch[Name], SolutionGenerator.SolutionFile);

    private string Sources => Path.Combine(_scratch[Name], "src");

    /// <summary>Removes what builds have made and leaves what restoring has made, which lies in the top of <c>obj</c>.</summary>
    public void Clean()
    {
        foreach (string project in Directory.EnumerateDirectories(Sources))
        {
            _scratch.Discard(Path.Combine(project, "bin"));
            _scratch.Discard(Path.Combine(project, "obj", "Release"));
        }
    }

    /// <summary>Builds everything.</summary>
    /// <param name="switches">How, for the command line.</param>
    /// <param name="properties">Properties of the build, <c>Name=Value</c>; an empty one is none.</param>
    /// <param name="environment">Variables of the build.</param>
    public Cost Build(IEnumerable<string> switches, IEnumerable<string> properties, IReadOnlyDictionary<string, string?> environment) =>
        Dotnet(["build", Solution, "--no-restore", "-c", "Release", "-tl:off", "-v:m", "-clp:NoSummary", .. switches, .. properties.Where(property => property.Length > 0).Select(property => "-p:" + property)], environment);

    /// <summary>Builds a tree that is up to date.</summary>
    /// <exception cref="InvalidOperationException">It was not: an intermediate assembly was written.</exception>
    public Cost WithNothingToDo(Func<Cost> build)
    {
        DateTime before = NewestAssembly();
        Cost cost = build();
        return NewestAssembly() == before ? cost : throw new InvalidOperationException("The build should have had nothing to do, and has written an assembly.");
    }

    /// <summary>Keeps a copy of what the compiler has made.</summary>
    public void KeepCompiled() => CopyCompiled(Sources, _scratch[Compiled]);

    /// <summary>Puts in place what <see cref="KeepCompiled"/> has kept, as the only outputs of a clean tree.</summary>
    public void PlaceCompiled()
    {
        Clean();
        CopyCompiled(_scratch[Compiled], Sources);
    }

    // The assembly, its symbols, its documentation, and the reference assembly where the compiler puts it.
    private static void CopyCompiled(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(IsIntermediate))
        {
            string relative = Path.GetRelativePath(from, file);
            string project = relative[..relative.IndexOf(Path.DirectorySeparatorChar)];
            bool isCompiled = Path.GetFileNameWithoutExtension(file) == project && Path.GetExtension(file) is ".dll" or ".pdb" or ".xml"
                && Path.GetFileName(Path.GetDirectoryName(file)) != "ref";
            if (isCompiled)
            {
                string copy = Path.Combine(to, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy, overwrite: true);
            }
        }
    }

    private DateTime NewestAssembly() =>
        Directory.EnumerateFiles(Sources, "*.dll", SearchOption.AllDirectories).Where(IsIntermediate).Select(File.GetLastWriteTimeUtc).DefaultIfEmpty().Max();

    private static bool IsIntermediate(string path) => path.Contains(Intermediate, StringComparison.Ordinal);

    private static Cost Dotnet(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var variables = new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>())
        {
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_NOLOGO"] = "1",
        };
        // What `dotnet run` tells its own MSBuild is not for the one that is measured.
        foreach (string name in new[] { "MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "MSBuildSDKsPath", "BUILDCACHE_MODE", "BUILDCACHE_STORE", "BUILDCACHE_SCOPE" })
        {
            variables.TryAdd(name, null);
        }

        return MeasuredProcess.Run("dotnet", arguments, variables);
    }
}
