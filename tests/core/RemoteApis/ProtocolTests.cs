using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Tests.Support;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.RemoteApis;

/// <summary>Answers of every shape, right and wrong.</summary>
public sealed class ProtocolTests
{
    private static readonly Digest s_blob = Digest.Of("content"u8);

    private static readonly ServerCapabilities s_capabilities = new()
    {
        CacheCapabilities = new CacheCapabilities { DigestFunctions = { DigestFunction.Types.Value.Sha256 }, MaxBatchTotalSizeBytes = 1000, MaxCasBlobSizeBytes = 5_000_000 },
    };

    [Fact]
    public async Task A_call_says_who_makes_it_and_how_long_it_waits()
    {
        Dictionary<string, string>? seen = null;
        await using ScriptedServer server = await StartAsync((_, context) =>
        {
            seen = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            return ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new FindMissingBlobsResponse());
        });
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint with { Token = "secret-token" });
        await storage.Blobs.FindMissingAsync([s_blob]);

        Assert.Equal("trailers", seen!["te"]);
        Assert.Equal("application/grpc", seen["content-type"]);
        Assert.Equal("10000m", seen["grpc-timeout"]);
        Assert.Equal("Bearer secret-token", seen["authorization"]);
        string metadata = seen["build.bazel.remote.execution.v2.requestmetadata-bin"];
        Assert.DoesNotContain('=', metadata);
        metadata = metadata.PadRight((metadata.Length + 3) / 4 * 4, '=');
        Assert.Equal("BuildCache", RequestMetadata.Parser.ParseFrom(Convert.FromBase64String(metadata)).ToolDetails.ToolName);
    }

    [Fact]
    public async Task What_a_server_says_is_decoded_cut_short_and_never_repeats_the_token()
    {
        string words = "no%20r%C3%A4um%0Afor secret-token 100% %zz " + new string('x', 2000);
        await using ScriptedServer server = await StartAsync((_, context) => ScriptedServer.RefuseAsync(context, GrpcStatusCode.InvalidArgument, words));
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint with { Token = "secret-token" });

        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.Blobs.FindMissingAsync([s_blob]));
        Assert.Contains("no räum for … 100% %zz xxx", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 500, 700);
        Assert.DoesNotContain("secret-token", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pause_that_a_server_asks_for_is_understood_with_padding_and_without(bool isPadded)
    {
        var status = new Status { Code = 14, Message = "m", Details = { Any.Pack(new RetryInfo { RetryDelay = new Duration { Seconds = 2, Nanos = 500_000_000 } }) } };
        string details = Convert.ToBase64String(status.ToByteArray());
        Assert.EndsWith("=", details, StringComparison.Ordinal);
        bool isFirst = true;
        await using ScriptedServer server = await StartAsync((_, context) =>
        {
            bool refuse = isFirst;
            isFirst = false;
            return refuse
                ? ScriptedServer.RefuseAsync(context, GrpcStatusCode.Unavailable, "m", isPadded ? details : details.TrimEnd('='))
                : ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new FindMissingBlobsResponse());
        });
        var clock = new PausingClock(server.Endpoint.Timeout);
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint, clock);

        await storage.Blobs.FindMissingAsync([s_blob]);
        Assert.Equal([TimeSpan.FromSeconds(2.5)], clock.Pauses);
    }

    [Fact]
    public async Task A_message_larger_than_any_that_was_asked_for_is_refused_before_it_is_read() =>
        await RefusedAsync("at most 8,388,608", (_, context) => ScriptedServer.SendAsync(context, 0, 0x7F, 0xFF, 0xFF, 0xFF, 1));

    [Fact]
    public async Task A_compressed_message_is_refused() =>
        await RefusedAsync("compressed", (_, context) => ScriptedServer.SendAsync(context, 1, 0, 0, 0, 1, 0));

    [Fact]
    public async Task A_message_that_is_none_is_refused() =>
        await RefusedAsync("cannot be read", (_, context) => ScriptedServer.SendAsync(context, 0, 0, 0, 0, 2, 0x12, 0x7F));

    [Fact]
    public async Task More_than_one_message_is_refused() => await RefusedAsync("more than one", (_, context) =>
        ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new FindMissingBlobsResponse(), new FindMissingBlobsResponse()));

    [Fact]
    public async Task An_answer_without_a_status_or_without_a_message_is_not_whole()
    {
        await RefusedAsync("ended too early", (_, context) => ScriptedServer.SendAsync(context, 0, 0, 0, 0, 0), tries: 4);
        await RefusedAsync("ended too early", (_, context) => ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok), tries: 4);
    }

    [Fact]
    public async Task Digests_that_were_not_asked_for_are_no_answer()
    {
        // One bit of an answer that changes on the way would otherwise make what is missing look as if it were there.
        var answer = new FindMissingBlobsResponse { MissingBlobDigests = { Digest.Of("other"u8).ToWire() } };
        await using ScriptedServer server = await StartAsync((_, context) => ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, answer));
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint);

        await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.Blobs.FindMissingAsync([s_blob]));
    }

    [Fact]
    public async Task A_stream_of_more_bytes_than_the_blob_has_is_ended()
    {
        long sent = 0;
        await using ScriptedServer server = await StartAsync(async (_, context) =>
        {
            for (; ; sent++)
            {
                context.RequestAborted.ThrowIfCancellationRequested();
                await ScriptedServer.SendAsync(context, 0, 0, 0, 0, 4, 0x52, 2, 1, 2);
            }
        });
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint);

        await Fails.WithAsync(ErrorId.BlobCorrupt, () => storage.LoadAsync(s_blob));
    }

    [Fact]
    public async Task A_blob_that_a_batch_refuses_for_now_is_asked_for_again_alone()
    {
        byte[][] contents = [[1], [2], [3]];
        Digest[] blobs = [.. contents.Select(content => Digest.Of(content))];
        List<int> asked = [];
        await using ScriptedServer server = await StartAsync(async (_, context) =>
        {
            BatchReadBlobsRequest request = await ReadAsync(context, BatchReadBlobsRequest.Parser);
            asked.Add(request.Digests.Count);
            var answer = new BatchReadBlobsResponse();
            foreach (BuildCache.Content.Wire.Digest digest in request.Digests)
            {
                int index = Array.IndexOf(blobs, digest.FromWire()!.Value);
                bool isRefused = asked.Count == 1 && index == 1;
                answer.Responses.Add(new BatchReadBlobsResponse.Types.Response
                {
                    Digest = digest,
                    Data = isRefused ? ByteString.Empty : ByteString.CopyFrom(contents[index]),
                    Status = new Status { Code = isRefused ? 14 : index == 2 ? 5 : 0 },
                });
            }

            await ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, answer);
        });
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint);

        List<Digest> read = [];
        IReadOnlySet<Digest> missing = await storage.Blobs.ReadSmallAsync(blobs, (blob, _, _) =>
        {
            read.Add(blob);
            return ValueTask.CompletedTask;
        });
        Assert.Equal([3, 1], asked);
        Assert.Equal([blobs[0], blobs[1]], read);
        Assert.Equal([blobs[2]], missing);
    }

    [Fact]
    public async Task An_asset_that_is_not_there_may_be_said_inside_the_answer()
    {
        await using ScriptedServer server = await StartAsync((method, context) => method.StartsWith("Fetch", StringComparison.Ordinal)
            ? ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new FetchBlobResponse { Status = new Status { Code = 5, Message = "none" } })
            : ScriptedServer.RefuseAsync(context, GrpcStatusCode.Unimplemented));
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint);

        Assert.Null(await storage.Assets.FetchBlobAsync(["urn:x"], []));
        Assert.Null(await storage.Assets.FetchDirectoryAsync(["urn:x"], []));
        await Fails.WithAsync(ErrorId.UnsupportedByStore, () => storage.Assets.PushBlobAsync(new AssetPush(["urn:x"], [], s_blob)));
    }

    [Fact]
    public async Task Limits_that_a_server_states_are_kept()
    {
        await using ScriptedServer server = await StartAsync((_, _) => throw new InvalidOperationException());
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint);

        Assert.True(storage.Blobs.IsSmall(Digest.Of(new byte[900])));
        Assert.False(storage.Blobs.IsSmall(Digest.Of(new byte[1000])));
        await Fails.WithAsync(ErrorId.UnsupportedByStore, () => storage.StoreAsync(new byte[5_000_001]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(3_999_999)]
    public async Task An_upload_goes_on_from_what_the_server_has(int has)
    {
        byte[] content = Sample.Bytes(4_000_000);
        using var upload = new UploadScript(has);
        await using ScriptedServer server = await StartAsync(upload.AnswerAsync);
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint with { Instance = "a/b" });

        await storage.StoreAsync(content);

        Assert.Equal(content[has..], upload.Received);
        Assert.Equal(has, upload.Offset);
        Assert.Matches($"^a/b/uploads/[0-9a-f-]{{36}}/blobs/{Digest.Of(content)}$", upload.Resource!);
    }

    [Fact]
    public async Task An_upload_of_what_is_stored_already_ends_early()
    {
        byte[] content = Sample.Bytes(4_500_000);
        await using ScriptedServer server = await StartAsync((_, context) =>
            ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new WriteResponse { CommittedSize = content.Length }));
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint);

        bool isOver = false;
        await storage.Blobs.WriteAsync(Digest.Of(content), (buffer, offset) =>
        {
            Assert.False(isOver);
            return Sample.From(content)(buffer, offset);
        });
        isOver = true;
        await Task.Delay(50);
        Assert.Single(server.Calls, "Write");
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, MessageParser<T> parser)
        where T : IMessage<T>
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return parser.ParseFrom(body.ToArray().AsSpan(GrpcFrame.PrefixLength));
    }

    private static async Task RefusedAsync(string words, Func<string, HttpContext, Task> answer, int tries = 1)
    {
        await using ScriptedServer server = await StartAsync(answer);
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(server.Endpoint, new PausingClock(server.Endpoint.Timeout));

        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.Blobs.FindMissingAsync([s_blob]));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(tries, server.Calls.Count(call => call == "FindMissingBlobs"));
    }

    private static Task<ScriptedServer> StartAsync(Func<string, HttpContext, Task> answer) => ScriptedServer.StartAsync(
        (method, context) => method == "GetCapabilities" ? ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, s_capabilities) : answer(method, context));
}
