using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Tests.RemoteApis;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.Sources.Tracking;

/// <summary>An asset service whose answers to <c>FetchDirectory</c> a test chooses; it knows no blobs.</summary>
internal sealed class AssetPeer : IAsyncDisposable
{
    private ScriptedServer _server = null!;

    /// <summary>What it answers. By default it knows nothing.</summary>
    public Func<FetchDirectoryRequest, HttpContext, Task> Answer { get; set; } = (_, context) => ScriptedServer.RefuseAsync(context, GrpcStatusCode.NotFound);

    /// <summary>The last request.</summary>
    public FetchDirectoryRequest? Asked { get; private set; }

    public string Uri => $"grpc://127.0.0.1:{_server.Endpoint.Port}";

    public IEnumerable<string> Calls => _server.Calls;

    public static async Task<AssetPeer> StartAsync()
    {
        var peer = new AssetPeer();
        peer._server = await ScriptedServer.StartAsync(peer.HandleAsync);
        return peer;
    }

    /// <summary>Answers that it knows the directory, and with what it says of it.</summary>
    public static Func<FetchDirectoryRequest, HttpContext, Task> Knows(params (string Name, string Value)[] qualifiers) => (request, context) =>
    {
        var answer = new FetchDirectoryResponse { Uri = request.Uris[0], RootDirectoryDigest = Digest.Of("a directory"u8).ToWire() };
        answer.Qualifiers.AddRange(qualifiers.Select(qualifier => new Qualifier { Name = qualifier.Name, Value = qualifier.Value }));
        return ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, answer);
    };

    /// <summary>Answers with a status in the answer, as the API has it for what the service could not fetch.</summary>
    public static Func<FetchDirectoryRequest, HttpContext, Task> Says(GrpcStatusCode code) => (_, context) =>
        ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new FetchDirectoryResponse { Status = new Status { Code = (int)code, Message = "so it is" } });

    /// <summary>Answers with the status of the call.</summary>
    public static Func<FetchDirectoryRequest, HttpContext, Task> Refuses(GrpcStatusCode code) => (_, context) => ScriptedServer.RefuseAsync(context, code);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task HandleAsync(string method, HttpContext context)
    {
        switch (method)
        {
            case "GetCapabilities":
                await ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new ServerCapabilities
                {
                    CacheCapabilities = new CacheCapabilities { DigestFunctions = { DigestFunction.Types.Value.Sha256 } },
                });
                break;
            case "FetchDirectory":
                using (var body = new MemoryStream())
                {
                    await context.Request.Body.CopyToAsync(body);
                    Asked = FetchDirectoryRequest.Parser.ParseFrom(body.ToArray().AsSpan(GrpcFrame.PrefixLength));
                }

                await Answer(Asked, context);
                break;
            default:
                await ScriptedServer.RefuseAsync(context, method == "FetchBlob" ? GrpcStatusCode.NotFound : GrpcStatusCode.Unimplemented);
                break;
        }
    }
}
