using System.Text;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Compilers;
using BuildCache.MSBuild.Session;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Collects everything that the work of a compiler depends on.</summary>
internal sealed class CompilationInputs
{
    // The outputs hold the file name of these at the most, and nothing else of the path.
    private static bool IsNamedByFileName(SwitchRole role) => role is SwitchRole.References or SwitchRole.Guests;

    private readonly CompilerDescription _compiler;
    private readonly CompilerArguments _arguments;
    private readonly BuildSession _session;
    private readonly ProjectSettings _project;
    private readonly List<FingerprintInput> _inputs = [];
    private readonly List<(string Kind, string Name, string Path, SwitchRole Role)> _files = [];
    private readonly Dictionary<(string Kind, string Name), int> _names = [];
    private readonly List<(string Path, byte Marks)> _guests = [];
    private readonly List<BuildCacheException> _notices = [];
    private bool _holdsCode;
    private bool _configurationNamesPlace;
    private bool _sourceLinkNamesPlace;

    private CompilationInputs(CompilerDescription compiler, CompilerArguments arguments, BuildSession session, ProjectSettings project)
    {
        (_compiler, _arguments, _session, _project) = (compiler, arguments, session, project);
        Stamps = new InputStamps(session.Hasher, session.Roots);
    }

    /// <summary>The inputs, sorted.</summary>
    public Fingerprint Fingerprint { get; private set; } = null!;

    /// <summary>Whether the work depends on its place.</summary>
    public Place Place { get; private set; } = null!;

    /// <summary>What the files looked like when they were hashed.</summary>
    public InputStamps Stamps { get; }

    /// <summary>What the user should know of the inputs that the project declares.</summary>
    public IReadOnlyList<BuildCacheException> Notices => _notices;

    /// <summary>Collects the inputs of one compilation.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="compilerFolder">Full path of its folder.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="environmentVariables">Variables that the build sets for it alone.</param>
    /// <param name="session">Hashes files and names paths.</param>
    /// <param name="project">More inputs that only the user knows.</param>
    /// <param name="bypass">Why this compilation cannot be cached, or <see langword="null"/>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: the compiler will say so better.</exception>
    public static CompilationInputs? TryCollect(
        CompilerDescription compiler, string compilerFolder, CompilerArguments arguments, string[]? environmentVariables, BuildSession session, ProjectSettings project, out string? bypass)
    {
        var inputs = new CompilationInputs(compiler, arguments, session, project);
        inputs.AddValue("compiler", "task", compiler.Name);
        inputs._inputs.Add(new FingerprintInput("compiler", "files", session.DigestOfCompiler(compilerFolder)));
        inputs.AddValue("compiler", "project folder", session.Roots.Normalise(arguments.Directory));
        inputs.AddArguments();
        inputs.AddOfUser();
        if ((bypass = inputs.HashFiles()) is not null)
        {
            return null;
        }

        var guests = new Guests(inputs._guests, session.Roots);
        inputs._inputs.AddRange(Surroundings.Inputs(guests.AreStrange, environmentVariables));
        inputs.Place = Place.Of(arguments, session.Roots, inputs._holdsCode, inputs._sourceLinkNamesPlace, guests, inputs._configurationNamesPlace);
        inputs._inputs.AddRange(inputs.Place.Inputs(session.Roots));
        inputs.Fingerprint = Fingerprint.Create(inputs._inputs);
        return inputs;
    }

    // The order of the arguments matters to the compiler, so it is an input of its own; files are named, not numbered, so that one
    // file more is one difference.
    private void AddArguments()
    {
        var order = new StringBuilder();
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (CompilerArgument argument in _arguments.All)
        {
            SwitchRole role = argument.Switch.Role;
            if (role == SwitchRole.Ignored)
            {
                continue;
            }

            order.Append(argument.Name).Append(':');
            if (role is SwitchRole.Value or SwitchRole.PathMap)
            {
                string value = role == SwitchRole.PathMap ? _session.Roots.NormaliseText(argument.Value ?? "") : argument.Value ?? "";
                values[argument.Name] = values.TryGetValue(argument.Name, out string? earlier) ? earlier + '\n' + value : value;
            }

            foreach (string path in argument.Paths)
            {
                string name = NameOf(role, path);
                order.Append(name).Append('|');
                if (role is not (SwitchRole.Output or SwitchRole.ErrorLog or SwitchRole.GeneratedFolder))
                {
                    AddFile(argument.Switch.Kind, path, role);
                }
            }

            order.Append(Rest(argument)).Append('\n');
        }

        foreach ((string name, string value) in values)
        {
            AddValue("switch", name, value);
        }

        AddValue("command line", "order", order.ToString());
        foreach (string file in _compiler.ImpliedFiles(_arguments))
        {
            AddFile("runtime", file, SwitchRole.OptionalFile);
        }
    }

    // What an argument says besides the paths: an alias, the name of a resource, the version of a log.
    private static string Rest(CompilerArgument argument) => argument.Switch.Role switch
    {
        SwitchRole.Resource when argument.Value is { } value => string.Join(',', ArgumentText.List(value, ',').Skip(1)),
        SwitchRole.ErrorLog when argument.Value is { } value => string.Join(',', CompilerArguments.LogParts(value).Skip(1)),
        SwitchRole.References when argument.Value is { } value && value.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals => value[..equals],
        _ => "",
    };

    private void AddOfUser()
    {
        foreach (UserInput input in UserInput.Of(_project, _session.Roots.Workspace, _notices))
        {
            if (input.Path is { } path)
            {
                AddFile("declared input", path, SwitchRole.OptionalFile);
            }
            else
            {
                AddValue(input.Kind, input.Name, input.Value);
            }
        }
    }

    private string NameOf(SwitchRole role, string path) => IsNamedByFileName(role) ? Path.GetFileName(path) : _session.Roots.Normalise(path);

    private void AddValue(string kind, string name, string? value) => _inputs.Add(new FingerprintInput(kind, name, FingerprintBuilder.OfValue(value)));

    private void AddFile(string kind, string path, SwitchRole role)
    {
        if (role == SwitchRole.RuleSet)
        {
            foreach (string file in RuleSet.Expand(path))
            {
                AddFile(kind, file, SwitchRole.OptionalFile);
            }

            return;
        }

        string name = NameOf(role, path);
        // Two references may have the same file name; the order tells which comes first.
        int count = _names[(kind, name)] = _names.GetValueOrDefault((kind, name)) + 1;
        _files.Add((kind, count == 1 ? name : $"{name} ({count})", path, role));
    }

    /// <returns>Why the compilation cannot be cached, or <see langword="null"/>.</returns>
    private string? HashFiles()
    {
        List<string> includers = [];
        for (int i = 0; i < _files.Count; i++)
        {
            (string kind, string name, string path, SwitchRole role) = _files[i];
            if (role is SwitchRole.AnalyzerConfig or SwitchRole.SourceLink && !_session.Roots.IsInstalled(path))
            {
                AddNormalised(kind, name, path, role);
                continue;
            }

            if (role == SwitchRole.OptionalFile && !File.Exists(path))
            {
                Stamps.AddAbsent(path);
                AddValue(kind, name, null);
                continue;
            }

            HashedFile file = _session.Hash(path);
            Stamps.Add(path, file);
            _inputs.Add(new FingerprintInput(kind, name, file.Digest));
            switch (role)
            {
                case SwitchRole.Guests:
                    _guests.Add((path, file.Marks));
                    break;
                case SwitchRole.References when _compiler == FscDescription.Instance && (file.Marks & AssemblyScan.MayProvideTypes) != 0 && _session.ProvidesTypes(path, file):
                    return $"the reference '{name}' is a type provider, which may read anything while it compiles";
                case SwitchRole.File when kind == _compiler.Source.Kind:
                    _holdsCode |= (file.Marks & SourceScan.MayHoldCode) != 0 || _compiler != CscDescription.Instance;
                    if ((file.Marks & SourceScan.MayNameKey) != 0 && SourceScan.NamesKey(path))
                    {
                        return $"'{path}' names a signing key in an attribute; name it by the property AssemblyOriginatorKeyFile instead";
                    }

                    if ((file.Marks & SourceScan.MayInclude) != 0)
                    {
                        includers.Add(path);
                    }

                    break;
            }
        }

        foreach (string file in _arguments.ResponseFiles)
        {
            // What they say is among the arguments already; that they do not change while the compiler reads them matters.
            HashedFile hashed = _session.Hash(file);
            Stamps.Add(file, hashed);
        }

        AddIncluded(includers);
        return null;
    }

    private void AddIncluded(List<string> includers)
    {
        if (includers.Count == 0 || _arguments.Output(RoslynSwitches.Documentation) is null)
        {
            return;
        }

        foreach (string included in DocumentationIncludes.Of(includers, _arguments.Directory))
        {
            AddPresentOrAbsent("documentation", included);
        }
    }

    // A configuration names folders of its project in its sections and properties, SourceLink in its map. The content counts with the
    // roots taken out; Place tells whether they matter.
    private void AddNormalised(string kind, string name, string path, SwitchRole role)
    {
        // Hashed before it is read: what is written in between shows afterwards.
        if (FileStamp.Read(path) is not null)
        {
            Stamps.Add(path, _session.Hash(path));
        }

        string text = ReadText(path);
        string normalised = _session.Roots.NormaliseText(text);

        // The symbols hold it as it is.
        _sourceLinkNamesPlace |= role == SwitchRole.SourceLink && normalised != text;
        _inputs.Add(new FingerprintInput(kind, name, Digest.Of(Encoding.UTF8.GetBytes(normalised))));
        if (role == SwitchRole.AnalyzerConfig)
        {
            _configurationNamesPlace |= VisibleFiles.NamePlace(text, _session.Roots);
            // A property may name what this very compilation makes, which cannot be an input of it.
            string? assembly = Path.GetFileName(_arguments.Output(RoslynSwitches.Assembly));
            foreach (string file in VisibleFiles.Files(text, _arguments.Directory).Where(file => Path.GetFileName(file) != assembly))
            {
                AddPresentOrAbsent("visible file", file);
            }
        }
    }

    private void AddPresentOrAbsent(string kind, string path)
    {
        string name = _session.Roots.Normalise(path);
        if (!_names.TryAdd((kind, name), 1))
        {
            return;
        }

        if (File.Exists(path))
        {
            HashedFile file = _session.Hash(path);
            Stamps.Add(path, file);
            _inputs.Add(new FingerprintInput(kind, name, file.Digest));
        }
        else
        {
            Stamps.AddAbsent(path);
            AddValue(kind, name, null);
        }
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
