using System.Management.Automation;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Resources;

namespace BuildCache.PowerShell;

/// <summary>Gives a stable id for a socket, an SSH agent, a secret or a named pipe, to be an input of a key.</summary>
[Cmdlet(VerbsCommon.Get, "CacheResourceId", DefaultParameterSetName = OfSocket)]
[OutputType(typeof(ResourceId))]
public sealed class GetCacheResourceIdCommand : CacheCommand
{
    private const string OfSocket = "Socket";
    private const string OfSshAgent = "SshAgent";
    private const string OfSecret = "Secret";
    private const string OfSecretVariable = "SecretVariable";
    private const string OfNamedPipe = "NamedPipe";

    /// <summary>The path of a Unix-domain socket; with -SshAgent, of that of the agent.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OfSocket)]
    [Parameter(ParameterSetName = OfSshAgent)]
    [ValidateNotNullOrEmpty]
    public string Socket { get; set; } = "";

    /// <summary>The SSH agent, by the set of its public keys.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OfSshAgent)]
    public SwitchParameter SshAgent { get; set; }

    /// <summary>A secret, by a slow, salted hash of its value.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OfSecret)]
    public SecretArgument Secret { get; set; } = null!;

    /// <summary>The name of an environment variable that holds a secret.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OfSecretVariable)]
    [ValidateNotNullOrEmpty]
    public string SecretVariable { get; set; } = "";

    /// <summary>The name of a pipe, or the path of a FIFO.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OfNamedPipe)]
    [ValidateNotNullOrEmpty]
    public string NamedPipe { get; set; } = "";

    /// <summary>What serves the socket or the pipe: a digest, or a file whose content counts.</summary>
    [Parameter(ParameterSetName = OfSocket)]
    [Parameter(ParameterSetName = OfNamedPipe)]
    [ValidateNotNullOrEmpty]
    public string? ServedBy { get; set; }

    /// <summary>A stable name that you vouch for, in place of what is found.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override object? Target => ParameterSetName switch
    {
        OfSecret => null,
        OfSecretVariable => SecretVariable,
        OfNamedPipe => NamedPipe,
        _ => Socket,
    };

    /// <inheritdoc/>
    protected override void Process() => WriteObject(ParameterSetName switch
    {
        OfSshAgent => Await(cancellation => SshAgentResource.IdentifyAsync(AgentPlace, Name, cancellation)),
        OfSecret => Await(_ => ValueTask.FromResult(Secret.Identify(Name))),
        OfSecretVariable => Await(_ => ValueTask.FromResult(SecretResource.IdentifyVariable(SecretVariable, Name))),
        OfNamedPipe => PipeResource.Identify(PipeResource.IsPath(NamedPipe) ? FullPath(NamedPipe) : NamedPipe, Name, ReadServer()),
        _ => SocketResource.Identify(FullPath(Socket), Name, ReadServer()),
    });

    // On Windows the agent has a pipe.
    private string AgentPlace => OperatingSystem.IsWindows() || Socket.Length == 0 ? Socket : FullPath(Socket);

    private Digest? ReadServer()
    {
        HashMemory memory = Workspace.OpenHashMemory();
        Digest? server = Await(cancellation => ValueTask.FromResult(Resources.ServedBy.Read(ServedBy, FullPath, new FileHasher(memory), cancellation)));
        memory.Save();
        return server;
    }
}
