using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Resources;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>The resources that a task's parameters name, as inputs of a fingerprint.</summary>
/// <param name="Sockets">Paths of sockets. Each may have the metadata <c>Name</c>, a stable name in place of the path, and <c>ServedBy</c>, a digest or a file.</param>
/// <param name="NamedPipes">Names of pipes or paths of FIFOs, with the same metadata.</param>
/// <param name="SecretVariables">Names of environment variables that hold secrets. Each may have the metadata <c>Name</c>, in place of the value.</param>
/// <param name="SshAgent">Whether the SSH agent counts.</param>
internal sealed record ResourceInputs(ITaskItem[] Sockets, ITaskItem[] NamedPipes, ITaskItem[] SecretVariables, bool SshAgent)
{
    private const string Name = "Name";

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => !SshAgent && Sockets.Length + NamedPipes.Length + SecretVariables.Length == 0;

    /// <summary>Adds them all.</summary>
    /// <param name="inputs">What they are added to.</param>
    /// <param name="hasher">What hashes the files that serve something.</param>
    /// <exception cref="BuildCacheException">One is not there, or cannot be identified.</exception>
    public void AddTo(FingerprintBuilder inputs, FileHasher hasher)
    {
        foreach (ITaskItem socket in Sockets)
        {
            inputs.AddResource(SocketResource.Identify(Path.GetFullPath(socket.ItemSpec), socket.GetMetadata(Name), ServerOf(socket, hasher)));
        }

        foreach (ITaskItem pipe in NamedPipes)
        {
            string place = PipeResource.IsPath(pipe.ItemSpec) ? Path.GetFullPath(pipe.ItemSpec) : pipe.ItemSpec;
            inputs.AddResource(PipeResource.Identify(place, pipe.GetMetadata(Name), ServerOf(pipe, hasher)));
        }

        foreach (ITaskItem variable in SecretVariables)
        {
            inputs.AddResource(SecretResource.IdentifyVariable(variable.ItemSpec, variable.GetMetadata(Name)));
        }

        if (SshAgent)
        {
            inputs.AddResource(SshAgentResource.IdentifyAsync().AsTask().GetAwaiter().GetResult());
        }
    }

    private static Digest? ServerOf(ITaskItem item, FileHasher hasher) => ServedBy.Read(item.GetMetadata(nameof(ServedBy)), Path.GetFullPath, hasher);
}
