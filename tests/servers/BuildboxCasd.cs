namespace BuildCache.TestServers;

/// <summary>buildbox-casd: CAS, ByteStream, ActionCache, Capabilities and Remote Asset over gRPC without TLS.</summary>
public sealed class BuildboxCasd : RealServer
{
    private const string Name = "casd";

    private BuildboxCasd() : base(Name)
    {
    }

    /// <summary>Why it cannot be had on this machine, for the message of a skipped test; null when it can.</summary>
    public static string? Unavailable => ServerScripts.ReasonUnavailable(Name);

    /// <summary>Starts one with an empty storage and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended at once; the message has the end of its log.</exception>
    /// <exception cref="TimeoutException">It did not answer within a minute; the message has the end of its log.</exception>
    public static async Task<BuildboxCasd> StartAsync(CancellationToken cancellationToken = default)
    {
        var server = new BuildboxCasd();
        await server.LaunchAsync(cancellationToken);
        return server;
    }

    private protected override async Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellationToken) =>
        await GrpcMessage.CallAsync(client, "build.bazel.remote.execution.v2.Capabilities/GetCapabilities", [], cancellationToken) is not null;
}
