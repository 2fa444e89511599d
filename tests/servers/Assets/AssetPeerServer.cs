using System.Text.Json;
using System.Text.Json.Nodes;

namespace BuildCache.TestServers.Assets;

/// <summary>
/// A peer of the Remote Asset API with its storage, on the gRPC of C and Python, in memory. Each instance name is a server of its
/// own, which a test tells how to behave.
/// </summary>
public sealed class AssetPeerServer : RealServer
{
    private const string Name = "asset-peer";
    private const string Control = "buildcache.tests.Control/Set";
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private HttpClient? _client;

    private AssetPeerServer() : base(Name)
    {
    }

    /// <summary>Why it cannot be had on this machine, for the message of a skipped test; null when it can.</summary>
    public static string? Unavailable => ServerScripts.ReasonUnavailable(Name);

    /// <summary>Starts one that knows nothing and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended at once; the message has the end of its log.</exception>
    /// <exception cref="TimeoutException">It did not answer within a minute; the message has the end of its log.</exception>
    public static async Task<AssetPeerServer> StartAsync(CancellationToken cancellationToken = default)
    {
        var server = new AssetPeerServer();
        await server.LaunchAsync(cancellationToken);
        server._client = new HttpClient { BaseAddress = server.Address };
        return server;
    }

    /// <summary>The store URI of an instance.</summary>
    public string UriOf(string instance) => $"grpc://127.0.0.1:{Address.Port}/{instance}";

    /// <summary>Has an instance behave in another way from now on.</summary>
    public Task BehaveAsync(string instance, AssetPeerBehaviour behaviour, CancellationToken cancellationToken = default) =>
        OrderAsync(new JsonObject { ["instance"] = instance, ["behaviour"] = JsonSerializer.SerializeToNode(behaviour, s_json) }, cancellationToken);

    /// <summary>How often each method of an instance was called.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CallsAsync(string instance, CancellationToken cancellationToken = default) =>
        (await OrderAsync(new JsonObject { ["instance"] = instance }, cancellationToken))["calls"]!.AsObject().ToDictionary(call => call.Key, call => call.Value!.GetValue<int>());

    /// <summary>The last request that came to a method of an instance, as JSON.</summary>
    public async Task<JsonNode?> AskedAsync(string instance, string method, CancellationToken cancellationToken = default) =>
        (await OrderAsync(new JsonObject { ["instance"] = instance }, cancellationToken))["asked"]![method];

    private protected override async Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellationToken) =>
        await GrpcMessage.CallAsync(client, Control, """{"instance": "is it there"}"""u8.ToArray(), cancellationToken) is not null;

    private async Task<JsonNode> OrderAsync(JsonObject order, CancellationToken cancellationToken)
    {
        byte[]? answer = await GrpcMessage.CallAsync(_client!, Control, JsonSerializer.SerializeToUtf8Bytes(order), cancellationToken);
        return JsonNode.Parse(answer ?? throw new InvalidOperationException($"{Name} does not understand {order.ToJsonString()}. Its log: {await File.ReadAllTextAsync(LogFile, cancellationToken)}"))!;
    }
}
