using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using Microsoft.Extensions.FileSystemGlobbing;

namespace BuildCache.Commands;

/// <summary>What a command says that it makes: where that is, whether it may be, and what stands there.</summary>
internal sealed class CommandOutputs
{
    private readonly string _root;
    private readonly OutputLinks _links;
    private HashSet<string> _linksBefore = [];
    private readonly List<string> _paths = [];
    private readonly List<string> _globs = [];

    /// <summary>Takes the outputs as they are declared.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.PathOutsideWorkspace"/>; <see cref="ErrorId.InvalidGlob"/>; <see cref="ErrorId.InvalidCommand"/>: one lies inside of another.
    /// </exception>
    public CommandOutputs(string root, IReadOnlyList<string> declared)
    {
        (_root, _links) = (root, new OutputLinks(root));
        foreach (string output in declared)
        {
            if (output.Contains('*', StringComparison.Ordinal))
            {
                string glob = FileGlob.Normalise(root, Path.GetRelativePath(root, Path.GetFullPath(output, root)));
                _links.RefuseAboveGlob(glob);
                _globs.Add(glob);
            }
            else
            {
                // A final slash, as MSBuild's folders have it, says what is plain anyway.
                string name = SafePath.RelativeTo(root, Path.TrimEndingDirectorySeparator(Path.GetFullPath(output, root)));
                _links.RefuseAbove(name);
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

    /// <summary>A link that stands at an output, or <see langword="null"/>. With one the command runs as if there were no cache.</summary>
    public string? LinkAtOutput => _paths.Find(_links.Is);

    /// <summary>Moves the existing outputs aside, so that what is there afterwards is the command's, and no hit can be told from a run.</summary>
    /// <exception cref="IOException">It cannot be moved, and all is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be moved, and all is as it was.</exception>
    public OutputsAside MoveAside(CancellationToken cancellationToken)
    {
        GlobMatch[] matches = Match(cancellationToken);
        _linksBefore = matches.SelectMany(match => match.Links).ToHashSet(StringComparer.Ordinal);
        // A command that is pointed to a directory may count on it.
        return OutputsAside.Move(_root, [.. _paths.Select(path => (path, KeepsDirectory: true)), .. FilesOf(matches).Select(file => (file, KeepsDirectory: false))]);
    }

    /// <summary>Removes what stands where the outputs belong and is not of an entry.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be removed.</exception>
    public void ClearBeside(CacheEntry entry, CancellationToken cancellationToken)
    {
        HashSet<string> kept = [.. entry.Paths.Select(path => path.Path)];
        foreach (string path in _paths.Concat(FilesOf(Match(cancellationToken))).Where(name => !kept.Contains(name)).Select(FullPath).Where(path => Path.Exists(path) || RootedPath.IsLink(path)))
        {
            DirectoryRemoval.Remove(path);
        }
    }

    /// <summary>Refuses to restore an entry one of whose paths passes through a link by now.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.PathOutsideWorkspace"/>.</exception>
    public void RefuseLinks(CacheEntry entry)
    {
        foreach (SavedPath path in entry.Paths.DistinctBy(path => Path.GetDirectoryName(path.Path)))
        {
            _links.RefuseAbove(path.Path);
        }
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
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.UnsupportedFile"/>, <see cref="ErrorId.LinkNotEntered"/> or <see cref="ErrorId.PathOutsideWorkspace"/>: it made a link in place of an output, or above one.
    /// </exception>
    public IReadOnlyList<PathToSave> Find(out IReadOnlyList<string> missing, CancellationToken cancellationToken)
    {
        GlobMatch[] matches = Match(cancellationToken);
        if (Array.Find(matches, match => match.Links.Any(link => !_linksBefore.Contains(link))) is { } made)
        {
            throw OutputLinks.NotEntered(made with { Links = [.. made.Links.Where(link => !_linksBefore.Contains(link))] });
        }

        _paths.ForEach(_links.RefuseAbove);
        string[] all = [.. _paths, .. FilesOf(matches)];
        if (Array.Find(all, _links.Is) is { } link)
        {
            throw OutputLinks.Unsupported(link, isMade: true);
        }

        string[] missed = [.. _paths.Where(path => !Path.Exists(FullPath(path)))];
        missing = missed;
        return PathToSave.Below(_root, all.Except(missed));
    }

    private GlobMatch[] Match(CancellationToken cancellationToken) => [.. _globs.Select(glob => FileGlob.Match(_root, glob, cancellationToken))];

    // What a declared directory holds is moved, saved and restored with it.
    private IEnumerable<string> FilesOf(IEnumerable<GlobMatch> matches) =>
        matches.SelectMany(match => match.Files).Distinct(StringComparer.Ordinal).Where(file => !_paths.Exists(path => path == file || IsInside(file, path)));

    private string FullPath(string name) => Path.Combine(_root, name);

    private static bool IsInside(string path, string directory) => path.Length > directory.Length && path[directory.Length] == '/' && path.StartsWith(directory, StringComparison.Ordinal);

    private static BuildCacheException Invalid(string message) => new(ErrorId.InvalidCommand, message);
}
