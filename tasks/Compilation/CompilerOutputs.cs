using BuildCache.Content;
using BuildCache.Entries;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The files that a compilation writes: which may come, and which came.</summary>
internal sealed class CompilerOutputs
{
    private readonly List<(string Name, string Path)> _files = [];
    private readonly string? _generatedDirectory;
    private readonly Dictionary<string, FileStamp?> _before = [];

    public CompilerOutputs(TaskParameters parameters)
    {
        Assembly = parameters.FullPath("OutputAssembly") ?? "";
        _generatedDirectory = parameters.FullPath("GeneratedFilesOutputPath");
        // In the order in which a hit puts them in place. MSBuild looks at the times of the assemblies, the symbols and the
        // documentation; a build killed before those are there compiles again, and what it does not look at must be there first.
        Add("log", ErrorLog(parameters));
        Add("documentation", parameters.FullPath("DocumentationFile"));
        Add("symbols", parameters.FullPath("PdbFile") ?? (Assembly.Length > 0 ? Path.ChangeExtension(Assembly, ".pdb") : null));
        Add("reference", parameters.FullPath("OutputRefAssembly"));
        Add("assembly", Assembly);
    }

    /// <summary>Full path of the assembly.</summary>
    public string Assembly { get; }

    /// <summary>Notes what is there before the compiler runs: what does not change then was not written by it.</summary>
    public void Remember()
    {
        foreach (string path in Candidates())
        {
            _before[path] = StampOf(path);
        }
    }

    /// <summary>What the compiler has written since <see cref="Remember"/>, named for an entry.</summary>
    public IReadOnlyList<PathToSave> Written()
    {
        List<PathToSave> written = [];
        foreach (string path in Generated())
        {
            AddIfWritten(written, "generated/" + Path.GetRelativePath(_generatedDirectory!, path).Replace(Path.DirectorySeparatorChar, '/'), path);
        }

        foreach ((string name, string path) in _files)
        {
            AddIfWritten(written, name, path);
        }

        return written;
    }

    /// <summary>Where a saved output belongs in this build.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: this build has no such output.</exception>
    public string DestinationOf(SavedPath saved)
    {
        const string Generated = "generated/";
        if (_generatedDirectory is not null && saved.Path.StartsWith(Generated, StringComparison.Ordinal))
        {
            return Path.Combine(_generatedDirectory, saved.Path[Generated.Length..]);
        }

        return _files.Find(file => file.Name == saved.Path).Path
            ?? throw new BuildCacheException(ErrorId.BlobCorrupt, $"The entry holds an output '{saved.Path}' that this compilation does not have. Remove the entry.");
    }

    private void AddIfWritten(List<PathToSave> written, string name, string path)
    {
        if (StampOf(path) is { } now && _before.GetValueOrDefault(path) != now)
        {
            written.Add(new PathToSave(name, path));
        }
    }

    // What cannot be looked at the compiler cannot write either; it will say so.
    private static FileStamp? StampOf(string path)
    {
        try
        {
            return FileStamp.Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private IEnumerable<string> Candidates() => _files.Select(file => file.Path).Concat(Generated());

    private IEnumerable<string> Generated() =>
        _generatedDirectory is not null && Directory.Exists(_generatedDirectory)
            ? Directory.EnumerateFiles(_generatedDirectory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : [];

    private void Add(string name, string? path)
    {
        if (path is { Length: > 0 })
        {
            _files.Add((name, path));
        }
    }

    // The parameter is a path with options behind a comma: "app.sarif,version=2.1".
    private static string? ErrorLog(TaskParameters parameters) =>
        parameters.Text("ErrorLog") is { } log ? parameters.FullPathOf(log.Split(',')[0].Trim()) : null;
}
