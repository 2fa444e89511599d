using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using BuildCache.Content;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Collects everything that the outcome of a compilation depends on.</summary>
/// <remarks>
/// A parameter that this code does not know counts by its value, and by the content of the files its items name: a new SDK
/// may cause misses here, never a wrong hit.
/// </remarks>
internal sealed class CompilerFingerprint
{
    // Neither the outputs nor the diagnostics depend on these.
    private static readonly HashSet<string> s_ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "ErrorReport", "NoLogo", "ProjectName", "SharedCompilationId", "UseSharedCompilation", "UseHostCompilerIfAvailable", "VsSessionGuid",
    };

    private static readonly HashSet<string> s_outputPaths = new(StringComparer.OrdinalIgnoreCase)
    {
        "OutputAssembly", "OutputRefAssembly", "PdbFile", "DocumentationFile", "ErrorLog", "GeneratedFilesOutputPath",
    };

    private static readonly HashSet<string> s_inputFiles = new(StringComparer.OrdinalIgnoreCase)
    {
        "KeyFile", "ApplicationConfiguration", "Win32Icon", "Win32Manifest", "Win32Resource", "SourceLink",
    };

    // The outputs hold the file name of these at the most, and nothing else of the path.
    private static readonly HashSet<string> s_namedByFileName = new(StringComparer.OrdinalIgnoreCase) { "References", "AddModules", "Analyzers", "compiler" };

    // What the compiler tasks read of an item besides its path.
    private static readonly string[] s_metadata = ["Aliases", "EmbedInteropTypes", "LogicalName", "Access"];

    private readonly TaskParameters _parameters;
    private readonly PathRoots _roots;
    private readonly FileHasher _hasher;
    private readonly List<FingerprintInput> _inputs = [];
    private readonly List<(string Parameter, string Name, string Path, bool Normalised)> _files = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

    private CompilerFingerprint(TaskParameters parameters, PathRoots roots, FileHasher hasher) =>
        (_parameters, _roots, _hasher) = (parameters, roots, hasher);

    /// <summary>Makes the fingerprint of a compilation.</summary>
    /// <param name="taskName">Csc or Vbc.</param>
    /// <param name="taskAssembly">Full path of the assembly with the SDK's task, beside which the compiler lies.</param>
    /// <param name="parameters">What the build gave the task.</param>
    /// <param name="roots">The roots that paths are named by.</param>
    /// <param name="hasher">Hashes files, and marks them by <see cref="SourceScan.Mark"/>.</param>
    /// <param name="bypass">Why this compilation cannot be cached, or <see langword="null"/>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: the compiler will say so better.</exception>
    public static Fingerprint? TryCreate(
        string taskName, string taskAssembly, TaskParameters parameters, PathRoots roots, FileHasher hasher, out string? bypass)
    {
        var fingerprint = new CompilerFingerprint(parameters, roots, hasher);
        fingerprint.AddCompiler(taskName, taskAssembly);
        bypass = fingerprint.AddParameters() ?? fingerprint.HashFiles();
        return bypass is null ? Fingerprint.Create(fingerprint._inputs) : null;
    }

    private void AddCompiler(string taskName, string taskAssembly)
    {
        AddValue("compiler", "task", taskName);
        AddFile("compiler", taskAssembly);
        string compiler = Path.Combine(Path.GetDirectoryName(taskAssembly)!, "bincore");
        foreach (string name in new[] { "csc.dll", "vbc.dll", "Microsoft.CodeAnalysis.dll", "Microsoft.CodeAnalysis.CSharp.dll", "Microsoft.CodeAnalysis.VisualBasic.dll" })
        {
            AddFile("compiler", Path.Combine(compiler, name));
        }

        AddValue("compiler", "runtime", RuntimeInformation.FrameworkDescription);
        AddValue("compiler", "platform", $"{(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux")}-{RuntimeInformation.ProcessArchitecture}");
        AddValue("compiler", "language of messages", CultureInfo.CurrentUICulture.Name);
        AddValue("compiler", "project directory", _roots.Normalise(_parameters.ProjectDirectory));
        AddValue("environment", "LIB", Environment.GetEnvironmentVariable("LIB"));
    }

    /// <returns>Why the compilation cannot be cached, or <see langword="null"/>.</returns>
    private string? AddParameters()
    {
        foreach ((string name, object? value) in _parameters.All)
        {
            if (s_ignored.Contains(name))
            {
                continue;
            }

            if (s_outputPaths.Contains(name))
            {
                AddValue("output", name, _parameters.Text(name) is { } path ? _roots.Normalise(_parameters.FullPathOf(path)) : null);
            }
            else if (name.Equals("CodeAnalysisRuleSet", StringComparison.OrdinalIgnoreCase) && _parameters.FullPath(name) is { } ruleSet)
            {
                foreach (string file in RuleSet.Expand(ruleSet))
                {
                    AddFileIfPresent(name, file);
                }
            }
            else if (s_inputFiles.Contains(name) && _parameters.FullPath(name) is { } file)
            {
                AddFile(name, file, normalised: name.Equals("SourceLink", StringComparison.OrdinalIgnoreCase));
            }
            else if (name.Equals("ResponseFiles", StringComparison.OrdinalIgnoreCase))
            {
                foreach (ITaskItem item in _parameters.Items(name))
                {
                    if (ResponseFile.TryExpand(_parameters.FullPathOf(item.ItemSpec)) is not { } files)
                    {
                        return $"the response file '{item.ItemSpec}' may name files that the key does not see";
                    }

                    foreach (string responseFile in files)
                    {
                        AddFile(name, responseFile);
                    }
                }
            }
            else if (name.Equals("SdkPath", StringComparison.OrdinalIgnoreCase) && _parameters.FullPath(name) is { } sdk)
            {
                // vbc takes its runtime from here when no reference has it.
                foreach (string library in new[] { "Microsoft.VisualBasic.dll", "mscorlib.dll", "System.dll" })
                {
                    AddFileIfPresent(name, Path.Combine(sdk, library));
                }
            }
            else
            {
                AddParameter(name, value);
            }
        }

        return null;
    }

    private void AddParameter(string name, object? value)
    {
        switch (value)
        {
            case ITaskItem[] items:
                AddItems(name, items);
                break;
            case ITaskItem item:
                AddItems(name, [item]);
                break;
            case string[] texts:
                bool areFiles = s_namedByFileName.Contains(name);
                AddValue("parameter", name, string.Join('\n', texts.Select(text => areFiles ? Path.GetFileName(text) : text)));
                foreach (string text in areFiles ? texts : [])
                {
                    AddFile(name, _parameters.FullPathOf(text));
                }

                break;
            case string text:
                AddValue("parameter", name, name.Equals("PathMap", StringComparison.OrdinalIgnoreCase) ? _roots.NormaliseText(text) : text);
                break;
            default:
                AddValue("parameter", name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    // The order of a list matters to the compiler, so it is an input of its own; the files themselves are named, not numbered,
    // so that one file more is one difference.
    private void AddItems(string parameter, ITaskItem[] items)
    {
        var order = new StringBuilder();
        foreach (ITaskItem item in items)
        {
            string path = _parameters.FullPathOf(item.ItemSpec);
            string name = s_namedByFileName.Contains(parameter) ? Path.GetFileName(path) : _roots.Normalise(path);
            order.Append(name);
            foreach (string metadata in s_metadata)
            {
                order.Append('\t').Append(item.GetMetadata(metadata));
            }

            order.Append('\n');
            bool isConfiguration = parameter.Equals("AnalyzerConfigFiles", StringComparison.OrdinalIgnoreCase) && !_roots.IsInstalled(path);
            if (IsKnownFileList(parameter) || File.Exists(path))
            {
                AddFile(parameter, path, isConfiguration);
            }
        }

        AddValue("parameter", $"order of {parameter}", order.ToString());
    }

    private static bool IsKnownFileList(string parameter) =>
        parameter is "Sources" or "References" or "Analyzers" or "AdditionalFiles" or "AnalyzerConfigFiles" or "Resources" or "EmbeddedFiles" or "LinkResources";

    private void AddValue(string kind, string name, string? value) =>
        _inputs.Add(new FingerprintInput(kind, name, FingerprintBuilder.OfValue(value)));

    private void AddFileIfPresent(string parameter, string path)
    {
        if (File.Exists(path))
        {
            AddFile(parameter, path);
        }
        else
        {
            AddValue(parameter, Unique(parameter, _roots.Normalise(path)), null);
        }
    }

    private void AddFile(string parameter, string path, bool normalised = false)
    {
        string name = s_namedByFileName.Contains(parameter) ? Path.GetFileName(path) : _roots.Normalise(path);
        _files.Add((parameter, Unique(parameter, name), path, normalised));
    }

    // Two references may have the same file name; the order list tells which comes first.
    private string Unique(string parameter, string name)
    {
        int count = _names[parameter + '\0' + name] = _names.GetValueOrDefault(parameter + '\0' + name) + 1;
        return count == 1 ? name : $"{name} ({count})";
    }

    /// <returns>Why the compilation cannot be cached, or <see langword="null"/>.</returns>
    private string? HashFiles()
    {
        List<string> plain = [.. _files.Where(file => !file.Normalised).Select(file => file.Path)];
        IReadOnlyList<HashedFile> hashed = _hasher.HashAll(plain);
        List<string> including = [];
        int next = 0;
        foreach ((string parameter, string name, string path, bool normalised) in _files)
        {
            if (normalised)
            {
                _inputs.Add(new FingerprintInput(parameter, name, Digest.Of(Encoding.UTF8.GetBytes(_roots.NormaliseText(ReadText(path))))));
                continue;
            }

            HashedFile file = hashed[next++];
            _inputs.Add(new FingerprintInput(parameter, name, file.Digest));
            if (parameter != "Sources")
            {
                continue;
            }

            if ((file.Marks & SourceScan.MayNameKey) != 0 && SourceScan.NamesKey(path))
            {
                return $"'{path}' names a signing key in an attribute; name it by the property AssemblyOriginatorKeyFile instead";
            }

            if ((file.Marks & SourceScan.MayInclude) != 0)
            {
                including.Add(path);
            }
        }

        if (including.Count > 0 && (_parameters.Text("DocumentationFile") is not null || _parameters.IsTrue("GenerateDocumentation")))
        {
            foreach (string included in SourceScan.IncludedFiles(including, _parameters.ProjectDirectory))
            {
                Digest digest = File.Exists(included) ? _hasher.Hash(included).Digest : FingerprintBuilder.OfValue(null);
                _inputs.Add(new FingerprintInput("documentation", _roots.Normalise(included), digest));
            }
        }

        return null;
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"'{path}' cannot be read: {error.Message}", error);
        }
    }
}
