using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Makes a key of parts, of the content of files, and of resources, as the cmdlet <c>New-CacheKey</c> does.</summary>
public sealed class NewCacheKey : CacheTask
{
    /// <summary>The parts, the most general first.</summary>
    public string[] Parts { get; set; } = [];

    /// <summary>The id of a key that this one is a child of.</summary>
    public string? Parent { get; set; }

    /// <summary>Files whose content counts.</summary>
    public ITaskItem[] Files { get; set; } = [];

    /// <summary>Globs, relative to the workspace root, whose files count.</summary>
    public string[] Globs { get; set; } = [];

    /// <summary>Names of environment variables whose values count.</summary>
    public string[] EnvironmentVariables { get; set; } = [];

    /// <summary>Paths of sockets that count. Metadata: <c>Name</c>, a stable name in place of the path; <c>ServedBy</c>, a digest, or a file whose content counts.</summary>
    public ITaskItem[] Sockets { get; set; } = [];

    /// <summary>Names of pipes, or paths of FIFOs, that count, with the same metadata.</summary>
    public ITaskItem[] NamedPipes { get; set; } = [];

    /// <summary>Names of environment variables that hold secrets. Metadata: <c>Name</c>, a stable name in place of the value.</summary>
    public ITaskItem[] SecretVariables { get; set; } = [];

    /// <summary>Whether the keys of the SSH agent count.</summary>
    public bool SshAgent { get; set; }

    /// <summary>The id of the key; empty when it could not be made.</summary>
    [Output]
    public string Key { get; private set; } = "";

    private protected override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        List<string> parts = [.. Parts];
        var resources = new ResourceInputs(Sockets, NamedPipes, SecretVariables, SshAgent);
        if (Files.Length + Globs.Length + EnvironmentVariables.Length > 0 || !resources.IsEmpty)
        {
            var hasher = new FileHasher(memory);
            var inputs = new FingerprintBuilder(workspace.Root, hasher);
            foreach (ITaskItem file in Files)
            {
                inputs.AddFile(Path.GetFullPath(file.ItemSpec));
            }

            foreach (string glob in Globs)
            {
                inputs.AddGlob(glob);
            }

            foreach (string variable in EnvironmentVariables)
            {
                inputs.AddEnvironment(variable);
            }

            foreach (BuildCacheException notice in inputs.Notices)
            {
                Warn(notice);
            }

            resources.AddTo(inputs, hasher);
            parts.Add(inputs.Build().Digest.Hash);
        }

        CacheKey? parent = string.IsNullOrEmpty(Parent) ? null : CacheId.Parse(Parent);
        Key = CacheKey.Create(parent?.Scope ?? settings.Scope, [.. parent?.Parts ?? [], .. parts]).Id;
    }
}
