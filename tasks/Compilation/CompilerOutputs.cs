using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The files that a compilation writes.</summary>
internal sealed class CompilerOutputs
{
    private const string Generated = "generated/";

    private readonly List<(string Name, string Path, bool IsRequired)> _files = [];
    private readonly string? _generatedFolder;
    private long _startTicks;

    /// <summary>Finds the outputs in what the compiler is given.</summary>
    public CompilerOutputs(CompilerDescription compiler, CompilerArguments arguments, ProjectSettings project)
    {
        Assembly = arguments.Output(RoslynSwitches.Assembly) ?? "";
        _generatedFolder = arguments.Output(RoslynSwitches.Generated);
        // In the order in which a hit puts them in place. MSBuild looks at the times of the assemblies, the symbols and the
        // documentation; a build killed before those are there compiles again, and what it does not look at must be there first.
        foreach (string path in project.Outputs.Select(item => Path.GetFullPath(item.ItemSpec.Replace('\\', Path.DirectorySeparatorChar), project.Directory)).Distinct(StringComparer.Ordinal))
        {
            _files.Add(($"declared/{_files.Count}", path, false));
        }

        Add(RoslynSwitches.Log, arguments.Output(RoslynSwitches.Log));
        Add("signature", arguments.Output("signature"));
        Add("documentation", arguments.Output(RoslynSwitches.Documentation));
        Add("symbols", compiler.Symbols(arguments));
        Add("reference", arguments.Output(RoslynSwitches.Reference));
        Add("assembly", Assembly);
    }

    /// <summary>Full path of the assembly.</summary>
    public string Assembly { get; }

    /// <summary>Full paths of all outputs with a name of their own.</summary>
    public IEnumerable<string> Paths => _files.Select(file => file.Path);

    /// <summary>Notes when the compiler starts.</summary>
    /// <param name="now">The time of the file system, in UTC ticks.</param>
    public void Start(long now) => _startTicks = now;

    /// <summary>Takes what the compiler has just written, with its content, so that no later change can get into the cache.</summary>
    /// <param name="touched">The compiler's own list, where it makes one.</param>
    /// <param name="problem">Why the outputs cannot be told to be this compiler's, or <see langword="null"/>.</param>
    public IReadOnlyList<WrittenFile> Take(TouchedFiles? touched, out string? problem)
    {
        List<WrittenFile> written = [];
        foreach ((string name, string path) in Candidates(touched))
        {
            if (WrittenFile.TryRead(name, path) is not { } file || file.Stamp.ModifiedTicks < _startTicks)
            {
                continue;
            }

            // The log of diagnostics is the one output that is finished after the list.
            if (touched is not null && name != RoslynSwitches.Log && Math.Max(file.Stamp.ModifiedTicks, file.Stamp.ChangedTicks) > touched.EndTicks)
            {
                problem = $"'{path}' was written by another process after the compiler had written it";
                return [];
            }

            written.Add(file);
        }

        (string Name, string Path, bool IsRequired) absent = _files.Find(output => output.IsRequired && !written.Exists(file => file.Name == output.Name));
        problem = absent.Path is null ? null : $"the compiler did not write '{absent.Path}'";
        return written;
    }

    /// <summary>Where a saved output belongs in this build.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: this build has no such output.</exception>
    public string DestinationOf(SavedPath saved)
    {
        if (_generatedFolder is not null && saved.Path.StartsWith(Generated, StringComparison.Ordinal))
        {
            return Path.Combine(_generatedFolder, saved.Path[Generated.Length..]);
        }

        return _files.Find(file => file.Name == saved.Path).Path
            ?? throw new BuildCacheException(ErrorId.BlobCorrupt, $"The entry holds an output '{saved.Path}' that this compilation does not have. Remove the entry.");
    }

    /// <summary>Whether an entry has every output that the next target expects.</summary>
    public bool AreAllIn(CacheEntry entry) => _files.TrueForAll(file => !file.IsRequired || entry.Paths.Any(path => path.Path == file.Name));

    private IEnumerable<(string Name, string Path)> Candidates(TouchedFiles? touched)
    {
        if (_generatedFolder is not null && touched is not null && Directory.Exists(_generatedFolder))
        {
            foreach (string path in Directory.EnumerateFiles(_generatedFolder, "*", SearchOption.AllDirectories).Where(touched.HasWritten).Order(StringComparer.Ordinal))
            {
                yield return (Generated + Path.GetRelativePath(_generatedFolder, path).Replace(Path.DirectorySeparatorChar, '/'), path);
            }
        }

        foreach ((string name, string path, _) in _files)
        {
            yield return (name, path);
        }
    }

    private void Add(string name, string? path)
    {
        if (path is { Length: > 0 })
        {
            _files.Add((name, path, true));
        }
    }
}
