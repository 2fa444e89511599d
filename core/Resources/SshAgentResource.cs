using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>Identifies SSH agents.</summary>
public static class SshAgentResource
{
    /// <summary>The environment variable that names the agent's socket.</summary>
    public const string SocketVariable = "SSH_AUTH_SOCK";

    private const string WindowsPipe = "openssh-ssh-agent";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Gives the id of an agent: of the set of its public keys, wherever its socket is and whatever the comments of its keys are.</summary>
    /// <param name="socket">Full path of its socket, or on Windows the name of its pipe; without one, what <c>SSH_AUTH_SOCK</c> names, on Windows the pipe of OpenSSH.</param>
    /// <param name="name">A stable name that the caller vouches for, in place of the keys. The agent must answer all the same.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    /// <remarks>An agent without keys has an id as well. It can do nothing for anybody, so all such agents are one.</remarks>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.ResourceNotFound"/>: there is no agent, or it does not answer within 5 seconds as an agent does.</exception>
    public static ValueTask<ResourceId> IdentifyAsync(string? socket = null, string? name = null, CancellationToken cancellationToken = default) =>
        IdentifyAsync(socket, name, s_patience, cancellationToken);

    internal static async ValueTask<ResourceId> IdentifyAsync(string? socket, string? name, TimeSpan patience, CancellationToken cancellationToken)
    {
        string place = NotEmpty(socket) ?? NotEmpty(Environment.GetEnvironmentVariable(SocketVariable)) ?? (OperatingSystem.IsWindows() ? WindowsPipe
            : throw new BuildCacheException(ErrorId.ResourceNotFound, $"There is no SSH agent: {SocketVariable} is not set. Start one (ssh-agent), or name its socket."));
        IReadOnlyList<byte[]> fingerprints = await SshAgentClient.ReadFingerprintsAsync(place, patience, cancellationToken);
        return NotEmpty(name) is { } stable
            ? new ResourceId(ResourceKind.SshAgent, stable, ResourceIdentity.ByName(ResourceKind.SshAgent, stable, servedBy: null))
            : new ResourceId(ResourceKind.SshAgent, "", ResourceIdentity.ByKeys(fingerprints));
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
