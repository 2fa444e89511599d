using System.Runtime.InteropServices;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.Commands;

/// <summary>What a command depends on, as its user names it. What is not named does not count.</summary>
public sealed record CommandInputs
{
    /// <summary>Files, by their content.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Globs relative to the workspace root; what they match counts by content.</summary>
    public IReadOnlyList<string> Globs { get; init; } = [];

    /// <summary>Names of environment variables, by their values.</summary>
    public IReadOnlyList<string> EnvironmentVariables { get; init; } = [];

    /// <summary>Programs that run, by their content, each under the name that it was called by.</summary>
    public IReadOnlyList<(string Name, string FullPath)> Tools { get; init; } = [];

    /// <summary>What was digested elsewhere: the text of the command, values, resources, volumes.</summary>
    public IReadOnlyList<FingerprintInput> Others { get; init; } = [];

    /// <summary>Looks at all of it as it is now.</summary>
    /// <param name="root">Full path of the workspace root.</param>
    /// <param name="hasher">Hashes the files.</param>
    /// <param name="notice">Is told what the user should know of the inputs.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InputNotFound"/>, <see cref="ErrorId.PathOutsideWorkspace"/>, <see cref="ErrorId.InvalidGlob"/>;
    /// <see cref="ErrorId.InvalidCommand"/>: an input is given twice with different values.
    /// </exception>
    internal Fingerprint Take(string root, FileHasher hasher, Action<BuildCacheException>? notice, CancellationToken cancellationToken)
    {
        var builder = new FingerprintBuilder(root, hasher);
        try
        {
            // What a program makes may depend on the machine it runs on, and nobody thinks of naming it.
            builder.Add(new FingerprintInput("platform", "rid", FingerprintBuilder.OfValue(RuntimeInformation.RuntimeIdentifier)));
            foreach (FingerprintInput other in Others)
            {
                builder.Add(other);
            }

            foreach (string variable in EnvironmentVariables)
            {
                builder.AddEnvironment(variable);
            }

            foreach ((string name, string path) in Tools)
            {
                builder.Add(new FingerprintInput("tool", name, hasher.Hash(path, cancellationToken).Digest));
            }

            foreach (string file in Files)
            {
                builder.AddFile(file, cancellationToken);
            }

            foreach (string glob in Globs)
            {
                builder.AddGlob(glob, cancellationToken);
            }
        }
        catch (ArgumentException error)
        {
            throw new BuildCacheException(ErrorId.InvalidCommand, $"{error.Message} Give each input of the command once.", error);
        }

        if (notice is not null)
        {
            foreach (BuildCacheException told in builder.Notices)
            {
                notice(told);
            }
        }

        return builder.Build();
    }
}
