namespace BuildCache.MSBuild.Compilers;

/// <summary>All that a compiler is given on its command line, response files included.</summary>
/// <remarks>A key is made of this and not of the parameters of the MSBuild task: what reaches the compiler is here, whatever the version of the
/// task, and what does not reach it cannot matter.</remarks>
internal sealed class CompilerArguments
{
    private const int MostResponseFiles = 1000;

    private readonly CompilerDescription _compiler;
    private readonly List<CompilerArgument> _all = [];
    private readonly List<string> _responseFiles = [];

    private CompilerArguments(CompilerDescription compiler, string directory) => (_compiler, Directory) = (compiler, directory);

    /// <summary>Full path of the folder that relative paths start at, as the compiler sees it.</summary>
    public string Directory { get; }

    /// <summary>The arguments in order, without those that name response files.</summary>
    public IReadOnlyList<CompilerArgument> All => _all;

    /// <summary>Full paths of the response files that were read.</summary>
    public IReadOnlyList<string> ResponseFiles => _responseFiles;

    /// <summary>Reads a command line and every response file that it names.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="commandLine">What stands on the command line itself.</param>
    /// <param name="responseFile">What MSBuild writes into a response file.</param>
    /// <param name="directory">Full path of the folder that the compiler runs in.</param>
    /// <param name="compilerFolder">Full path of the compiler's folder.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: a response file cannot be read.</exception>
    public static CompilerArguments Parse(CompilerDescription compiler, string commandLine, string responseFile, string directory, string compilerFolder)
    {
        var arguments = new CompilerArguments(compiler, directory);
        List<string> words = [.. ArgumentText.Split(commandLine)];
        if (compiler.DefaultResponseFile is { } name && !words.Exists(word => word.TrimStart('/', '-').Equals("noconfig", StringComparison.OrdinalIgnoreCase))
            && Path.Combine(compilerFolder, name) is var standard && File.Exists(standard))
        {
            arguments.AddResponseFile(standard);
        }

        foreach (string word in words)
        {
            arguments.Add(word, directory);
        }

        foreach (string word in arguments.Words(responseFile))
        {
            arguments.Add(word, directory);
        }

        return arguments;
    }

    /// <summary>The value that a switch was last given, or <see langword="null"/>.</summary>
    public string? Value(string name) => _all.FindLast(argument => argument.Name == name)?.Value;

    /// <summary>Whether a switch was given, with or without a value.</summary>
    public bool Has(string name) => _all.Exists(argument => argument.Name == name);

    /// <summary>Whether the last of <c>name</c>, <c>name+</c> and <c>name-</c> turns something on; <see langword="null"/> when none was given.</summary>
    public bool? IsOn(string name) => _all.FindLast(argument => argument.Name.Length - name.Length is 0 or 1 && argument.Name.TrimEnd('+', '-') == name) is { } last
        ? !last.Name.EndsWith('-')
        : null;

    /// <summary>The arguments of some role.</summary>
    public IEnumerable<CompilerArgument> Of(SwitchRole role) => _all.Where(argument => argument.Switch.Role == role);

    /// <summary>The full path that a switch for an output names, or <see langword="null"/>.</summary>
    public string? Output(string kind) =>
        _all.FindLast(argument => argument.Switch.Role is SwitchRole.Output or SwitchRole.ErrorLog or SwitchRole.GeneratedFolder && argument.Switch.Kind == kind)?.Paths is [var path, ..] ? path : null;

    /// <summary>Full path of a path as the compiler reads it.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, Directory);

    private IEnumerable<string> Words(string responseFile) => _compiler.HasOneArgumentALine
        ? responseFile.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')
        : ArgumentText.Split(responseFile);

    private void Add(string word, string directory)
    {
        if (word.StartsWith('@'))
        {
            AddResponseFile(Path.GetFullPath(ArgumentText.Unquote(word[1..]).TrimEnd(), directory));
            return;
        }

        if (!TryParseSwitch(word, out string name, out string? value))
        {
            string path = ArgumentText.Unquote(word);
            _all.Add(new CompilerArgument(_compiler.Source, "", path, [FullPath(path)]));
            return;
        }

        CompilerSwitch described = _compiler.Switches.GetValueOrDefault(name) ?? CompilerSwitch.Unknown;
        _all.Add(new CompilerArgument(described, name, value, PathsOf(described, value)));
    }

    private void AddResponseFile(string path)
    {
        if (_responseFiles.Contains(path) || _responseFiles.Count == MostResponseFiles)
        {
            return;
        }

        _responseFiles.Add(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"The response file '{path}' cannot be read: {error.Message}", error);
        }

        // Relative names of further response files start at the file that has them; all other names at the compiler's folder.
        foreach (string word in Words(text))
        {
            Add(word, Path.GetDirectoryName(path)!);
        }
    }

    private bool TryParseSwitch(string word, out string name, out string? value)
    {
        (name, value) = ("", null);
        int colon = word.IndexOf(':', 1);
        bool isSwitch = word.Length > 1 && (word[0] == '-' || (_compiler.HasSlashSwitches && word[0] == '/'
            // A slash before the colon makes it a path from the root of a file system.
            && (colon < 0 ? word.IndexOf('/', 1) : word.IndexOf('/', 1, colon - 1)) < 0));
        if (!isSwitch)
        {
            return false;
        }

        name = (colon < 0 ? word : word[..colon]).TrimStart('-', '/').ToLowerInvariant();
        value = colon < 0 ? null : word[(colon + 1)..];
        return true;
    }

    private string[] PathsOf(CompilerSwitch described, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return [];
        }

        switch (described.Role)
        {
            case SwitchRole.Files or SwitchRole.Guests or SwitchRole.OptionalFile or SwitchRole.AnalyzerConfig:
                return [.. ArgumentText.List(value, ',', ';').Where(path => path.Length > 0).Select(FullPath)];
            case SwitchRole.References:
                return [.. ArgumentText.List(value, ',', ';').Where(path => path.Length > 0).Select(path => FullPath(WithoutAlias(path)))];
            case SwitchRole.Resource:
                return [FullPath(ArgumentText.List(value, ',')[0])];
            case SwitchRole.ErrorLog:
                return [FullPath(LogParts(value)[0].Trim())];
            case SwitchRole.File or SwitchRole.RuleSet or SwitchRole.SourceLink
                or SwitchRole.Output or SwitchRole.GeneratedFolder:
                return [FullPath(ArgumentText.Unquote(value))];
            case SwitchRole.Value:
                // A switch that names a file without saying so: the content counts.
                string path = ArgumentText.Unquote(value);
                return path.AsSpan().IndexOfAny('/', '\\', '.') >= 0 && path.Length < 4096 && File.Exists(FullPath(path)) ? [FullPath(path)] : [];
            default:
                return [];
        }
    }

    /// <summary>The parts of the value of a log's switch: the path, then options. Quotes do not keep them together.</summary>
    public static IReadOnlyList<string> LogParts(string value) => ArgumentText.Unquote(value).Split(',', ';');

    // "alias=path", where a path may hold an equals sign, too: an alias has no separator of folders and no dot.
    private static string WithoutAlias(string reference)
    {
        int equals = reference.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && reference.AsSpan(0, equals).IndexOfAny('/', '\\', '.') < 0 ? reference[(equals + 1)..] : reference;
    }
}
