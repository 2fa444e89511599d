using System.Text;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Keys;

/// <summary>Collects the inputs of a piece of work that lies in a workspace.</summary>
/// <param name="root">Full path of the workspace root; files are named relative to it, so that equal work in two checkouts is equal.</param>
/// <param name="hasher">What hashes files.</param>
public sealed class FingerprintBuilder(string root, FileHasher hasher)
{
    private readonly Dictionary<(string Kind, string Name), FingerprintInput> _inputs = [];
    private readonly List<BuildCacheException> _notices = [];

    /// <summary>What the user should know of the inputs so far: a glob that matches nothing, or that did not enter a link; a value that looks like a secret.</summary>
    public IReadOnlyList<BuildCacheException> Notices => _notices;

    /// <summary>Adds a value. Only its digest is kept; an absent value is not the same as an empty one.</summary>
    public FingerprintBuilder AddValue(string name, string? value) => Add("value", name, value);

    /// <summary>Adds an environment variable by its value.</summary>
    public FingerprintBuilder AddEnvironment(string name) => Add("environment", name, Environment.GetEnvironmentVariable(name));

    /// <summary>Adds a file by its content.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.PathOutsideWorkspace"/> or <see cref="ErrorId.InputNotFound"/>.</exception>
    public FingerprintBuilder AddFile(string path, CancellationToken cancellationToken = default)
    {
        string name = SafePath.RelativeTo(root, path);
        return Add(new FingerprintInput("file", name, hasher.Hash(Path.Combine(root, name), cancellationToken).Digest));
    }

    /// <summary>Adds every file that a glob matches, with the glob itself.</summary>
    /// <param name="pattern">Relative to the workspace root, with <c>*</c> and <c>**</c>; a leading <c>!</c> is not allowed.</param>
    /// <param name="cancellationToken">Stops the walk and the hashing.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InvalidGlob"/>: the pattern is empty, absolute, leaves the workspace, or has a character that means something in other globs.
    /// <see cref="ErrorId.InputNotFound"/>: a directory cannot be listed, or a file cannot be read.
    /// </exception>
    public FingerprintBuilder AddGlob(string pattern, CancellationToken cancellationToken = default)
    {
        string normalised = FileGlob.Normalise(root, pattern);
        GlobMatch match = FileGlob.Match(root, normalised, cancellationToken);
        _notices.AddRange(match.Notices);
        IReadOnlyList<string> names = match.Files;
        IReadOnlyList<HashedFile> hashed = hasher.HashAll([.. names.Select(name => Path.Combine(root, name))], cancellationToken);
        _inputs.EnsureCapacity(_inputs.Count + names.Count + 1);
        for (int i = 0; i < names.Count; i++)
        {
            Add(new FingerprintInput("file", names[i], hashed[i].Digest));
        }

        return Add(new FingerprintInput("glob", normalised, OfValue(normalised)));
    }

    /// <summary>Adds a resource by its id.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheKey"/>: another resource has the same kind and name.</exception>
    public FingerprintBuilder AddResource(ResourceId resource)
    {
        FingerprintInput input = resource.ToInput();
        return _inputs.TryGetValue((input.Kind, input.Name), out FingerprintInput known) && known.Digest != input.Digest
            ? throw new BuildCacheException(ErrorId.InvalidCacheKey, $"Two different resources are both called '{input.Name}'. Give one of them another name.")
            : Add(input);
    }

    /// <summary>Adds an input that was digested elsewhere.</summary>
    /// <exception cref="ArgumentException">It is there already with another digest.</exception>
    public FingerprintBuilder Add(FingerprintInput input)
    {
        if (!_inputs.TryAdd((input.Kind, input.Name), input) && _inputs[(input.Kind, input.Name)].Digest != input.Digest)
        {
            throw new ArgumentException($"The input '{input.Kind} {input.Name}' is given twice, with different values.", nameof(input));
        }

        return this;
    }

    /// <summary>The fingerprint of all that was added.</summary>
    public Fingerprint Build() => Fingerprint.Create(_inputs.Values);

    /// <summary>Adds a value of some kind.</summary>
    /// <inheritdoc cref="Add(FingerprintInput)"/>
    public FingerprintBuilder Add(string kind, string name, string? value)
    {
        if (SecretLike.WarningFor(kind, name, value) is { } warning)
        {
            _notices.Add(warning);
        }

        return Add(new FingerprintInput(kind, name, OfValue(value)));
    }

    /// <summary>The digest that stands for a value. A leading byte keeps an absent one apart from an empty one.</summary>
    public static Digest OfValue(string? value) => Digest.Of(value is null ? [0] : [1, .. Encoding.UTF8.GetBytes(value)]);
}
