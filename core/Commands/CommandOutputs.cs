using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using Microsoft.Extensions.FileSystemGlobbing;

namespace BuildCache.Commands;

/// <summary>What a command says that it makes: where that is, whether it may be, and what stands there.</summary>
internal sealed class CommandOutputs
{
    private readonly string _root;
    private readonly List<string> _paths = [];
    private readonly List<string> _globs = [];

    /// <summary>Takes the outputs as they are declared.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.PathOutsideWorkspace"/>; <see cref="ErrorId.InvalidGlob"/>; <see cref="ErrorId.InvalidCommand"/>: one lies inside of another.
    /// </exception>
    public CommandOutputs(string root, IReadOnlyList<string> declared)
    {
        _root = root;
        foreach (string output in declared)
        {
            if (output.Contains('*', StringComparison.Ordinal))
            {
                _globs.Add(FileGlob.Normalise(root, Path.GetRelativePath(root, Path.GetFullPath(output, root))));
            }
            else
            {
                string name = SafePath.RelativeTo(root, output);
                RefuseLinks(name);
                _paths.Add(name);
            }
        }

        _paths.Sort(StringComparer.Ordinal);
        for (int i = 0; i < _paths.Count; i++)
        {
            if (_paths.FindIndex(i + 1, other => other == _paths[i] || IsInside(other, _paths[i])) is >= 0 and int inner)
            {
                throw Invalid($"The output '{_paths[inner]}' lies inside of the output '{_paths[i]}', or is the same. Name the outer one alone.");
            }
        }
    }

    /// <summary>The outputs as inputs of the key: a command that says it makes more is another.</summary>
    public IEnumerable<FingerprintInput> AsInputs() =>
        _paths.Concat(_globs).Distinct(StringComparer.Ordinal).Select(output => new FingerprintInput("output", output, FingerprintBuilder.OfValue(output)));

    /// <summary>Refuses a command that would change its own inputs.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>.</exception>
    public void RefuseInputs(Fingerprint inputs, IReadOnlyList<string> inputGlobs)
    {
        Matcher? outputMatcher = FileGlob.MatcherOf(_globs);
        foreach (FingerprintInput input in inputs.Inputs.Where(input => input.Kind == "file"))
        {
            if (_paths.Find(output => output == input.Name || IsInside(input.Name, output)) is { } output)
            {
                throw Invalid(output == input.Name
                    ? $"'{output}' is an input and an output of the command. Have it write another file."
                    : $"The output '{output}' holds the input '{input.Name}', which would be removed before the command runs. Have it write to a directory of its own.");
            }

            if (outputMatcher?.Match(input.Name).HasMatches == true)
            {
                throw Invalid($"'{input.Name}' is an input and is matched by the outputs {string.Join(", ", _globs)}. Have the command write to a directory of its own.");
            }
        }

        // A name that nobody chose stands for every name: what matches it takes all that is in the directory.
        const string AnyName = "b3a1f0c2-any";
        foreach (string glob in inputGlobs)
        {
            Matcher matcher = FileGlob.MatcherOf([FileGlob.Normalise(_root, glob)])!;
            if (_paths.Find(output => matcher.Match(output).HasMatches || matcher.Match($"{output}/{AnyName}").HasMatches || matcher.Match($"{output}/{AnyName}/{AnyName}").HasMatches) is { } output)
            {
                throw Invalid($"The output '{output}' is matched by the input glob '{glob}', so each run would change the inputs of the next. Narrow the glob, or write elsewhere.");
            }
        }
    }

    /// <summary>Removes what stands where the outputs belong, so that what is there afterwards is the command's, and no hit can be told from a run.</summary>
    public void Clear() => Remove(_ => false);

    /// <summary>Removes what stands where the outputs belong and is not of an entry.</summary>
    public void ClearBeside(CacheEntry entry)
    {
        HashSet<string> kept = [.. entry.Paths.Select(path => path.Path)];
        Remove(kept.Contains);
    }

    /// <summary>Whether an entry holds what this command makes and nothing else; a store can be made to say anything.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="isWhole">Whether nothing may be missing, as it may where a command has failed.</param>
    public bool Accepts(CacheEntry entry, bool isWhole)
    {
        Matcher? matcher = FileGlob.MatcherOf(_globs);
        return (!isWhole || _paths.All(path => entry.Paths.Any(saved => saved.Path == path))) && entry.Paths.All(path => _paths.Contains(path.Path) || (!path.IsDirectory && matcher?.Match(path.Path).HasMatches == true));
    }

    /// <summary>Finds what the command has made.</summary>
    /// <param name="missing">What it has not made. A glob may match nothing.</param>
    public IReadOnlyList<PathToSave> Find(out IReadOnlyList<string> missing)
    {
        missing = [.. _paths.Where(path => !Path.Exists(FullPath(path)))];
        return PathToSave.Below(_root, _paths.Except(missing).Concat(GlobMatches()));
    }

    private void Remove(Func<string, bool> isKept)
    {
        foreach (string name in _paths.Concat(GlobMatches()).Where(name => !isKept(name)))
        {
            string path = FullPath(name);
            if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            {
                Directory.Delete(path, recursive: true);
            }
            else if (Directory.Exists(Path.GetDirectoryName(path)))
            {
                File.Delete(path);
            }
        }
    }

    private List<string> GlobMatches() => [.. _globs.SelectMany(glob => FileGlob.Match(_root, glob).Files).Distinct(StringComparer.Ordinal)];

    // What lies behind a link is elsewhere, whatever its path says, and a mounted volume is such a link.
    private void RefuseLinks(string name)
    {
        for (int end = name.Length; end > 0; end = name.LastIndexOf('/', end - 1))
        {
            var directory = new DirectoryInfo(FullPath(name[..end]));
            if (directory.Exists && directory.LinkTarget is not null)
            {
                throw new BuildCacheException(ErrorId.PathOutsideWorkspace,
                    $"The output '{name}' lies behind the link '{name[..end]}', so it is not in the workspace. Name a path that does not pass through a link; what is kept in a volume is no output.");
            }
        }
    }

    private string FullPath(string name) => Path.Combine(_root, name);

    private static bool IsInside(string path, string directory) => path.Length > directory.Length && path[directory.Length] == '/' && path.StartsWith(directory, StringComparison.Ordinal);

    private static BuildCacheException Invalid(string message) => new(ErrorId.InvalidCommand, message);
}
