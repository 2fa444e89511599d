using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The parameters that a build gave to a compiler task, by name.</summary>
/// <param name="projectDirectory">Full path of the folder that relative paths start at.</param>
internal sealed class TaskParameters(string projectDirectory)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Full path of the folder that relative paths start at.</summary>
    public string ProjectDirectory => projectDirectory;

    /// <summary>All that were given, sorted by name.</summary>
    public IEnumerable<KeyValuePair<string, object?>> All => _values.OrderBy(parameter => parameter.Key, StringComparer.OrdinalIgnoreCase);

    public object? this[string name]
    {
        get => _values.GetValueOrDefault(name);
        set => _values[name] = value;
    }

    /// <summary>A text, or <see langword="null"/> when it was not given or is empty.</summary>
    public string? Text(string name) => this[name] switch
    {
        string { Length: > 0 } text => text,
        ITaskItem { ItemSpec.Length: > 0 } item => item.ItemSpec,
        _ => null,
    };

    /// <summary>Whether a switch was given and is on.</summary>
    public bool IsTrue(string name) => this[name] is true;

    /// <summary>The items of a list, which may be empty.</summary>
    public ITaskItem[] Items(string name) => this[name] as ITaskItem[] ?? [];

    /// <summary>The full path that a parameter names, or <see langword="null"/>.</summary>
    public string? FullPath(string name) => Text(name) is { } path ? FullPathOf(path) : null;

    /// <summary>The full path of a path as a project gives it.</summary>
    public string FullPathOf(string path) =>
        Path.GetFullPath(Path.DirectorySeparatorChar == '/' ? path.Replace('\\', '/') : path, projectDirectory);
}
