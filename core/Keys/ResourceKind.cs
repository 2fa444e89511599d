namespace BuildCache.Keys;

/// <summary>What sort of resource it is. The numbers are part of the format of resource ids and never change.</summary>
public enum ResourceKind
{
    /// <summary>A Unix-domain socket.</summary>
    Socket = 1,

    /// <summary>An SSH agent.</summary>
    SshAgent = 2,

    /// <summary>A secret.</summary>
    Secret = 3,

    /// <summary>A named pipe: of Windows, of .NET, or a FIFO.</summary>
    NamedPipe = 4,
}
