using System.Net;
using System.Text;
using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Stores.RemoteExecution;
using BuildCache.Tests.Support;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.Fuzz;

/// <summary>Answers of a server of the Remote Execution or Remote Asset API, from the bytes of the call on.</summary>
internal static class RemoteTargets
{
    private static readonly RemoteEndpoint s_endpoint = new() { Host = "localhost", Port = 1 };

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Answer("action result", ActionResult.Parser, new ActionResult
        {
            StdoutRaw = ByteString.CopyFromUtf8("record"), StdoutDigest = Digest.Of("record"u8).ToWire(),
            OutputFiles = { new OutputFile { Path = "a", Digest = Digest.Empty.ToWire() } }, OutputDirectories = { new OutputDirectory { Path = "b" } },
        }, result => _ = result.StdoutDigest.FromWire()),
        Answer("missing blobs", FindMissingBlobsResponse.Parser, new FindMissingBlobsResponse { MissingBlobDigests = { Digest.Empty.ToWire() } },
            answer => _ = answer.MissingBlobDigests.Select(digest => digest.FromWire()).ToList()),
        Answer("read blobs", BatchReadBlobsResponse.Parser,
            new BatchReadBlobsResponse { Responses = { new BatchReadBlobsResponse.Types.Response { Digest = Digest.Empty.ToWire(), Data = ByteString.CopyFromUtf8("x"), Status = new Status { Code = 5, Message = "no" } } } },
            answer => _ = answer.Responses.Select(part => (part.Digest.FromWire(), GrpcStatus.Of(part.Status))).ToList()),
        Answer("capabilities", ServerCapabilities.Parser,
            new ServerCapabilities { CacheCapabilities = new CacheCapabilities { DigestFunctions = { DigestFunction.Types.Value.Sha256 }, MaxBatchTotalSizeBytes = 1000 } },
            answer => Assert.InRange(RemoteCapabilities.Read(answer, s_endpoint).LargestBatch, 1, 4 * 1024 * 1024)),
        Answer("asset of a blob", FetchBlobResponse.Parser,
            new FetchBlobResponse { Uri = "https://a", BlobDigest = Digest.Empty.ToWire(), Qualifiers = { new Qualifier { Name = "n", Value = "v" } }, ExpiresAt = new() { Seconds = 2_000_000_000 } },
            answer => RemoteAssets.Read(s_endpoint, answer.BlobDigest, answer.Uri, answer.Qualifiers, answer.ExpiresAt)),
        Answer("asset of a directory", FetchDirectoryResponse.Parser,
            new FetchDirectoryResponse { Uri = "https://a", RootDirectoryDigest = Digest.Empty.ToWire(), Status = new Status { Code = 0 } },
            answer => RemoteAssets.Read(s_endpoint, answer.RootDirectoryDigest, answer.Uri, answer.Qualifiers, answer.ExpiresAt)),
        new FuzzTarget("read response", [Framed([0x52, 7, .. "content"u8]), [.. Framed([]), .. Framed([0x08, 1, 0x52, 1, .. "x"u8])]], bytes =>
        {
            long received = 0;
            try
            {
                var decoder = new ReadResponseDecoder(part => received += part.Length);
                foreach (byte[] part in bytes.Chunk(7))
                {
                    decoder.Decode(part);
                }
            }
            catch (InvalidDataException)
            {
                // The download says what it means.
            }

            Assert.InRange(received, 0, bytes.Length);
        }) { Large = [length => Enumerable.Repeat(Framed([0x52, 0]), length / 7).SelectMany(part => part).ToArray()] },
        new FuzzTarget("gRPC status", ["5\nnot%20found\nCAU="u8.ToArray(), "14\naway\n"u8.ToArray()], bytes =>
        {
            string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
            using var response = new HttpResponseMessage();
            foreach ((string name, string value) in new[] { "grpc-status", "grpc-message", "grpc-status-details-bin" }.Zip(lines))
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }

            GrpcStatus.Read(response.Headers);
        }) { Tokens = ["%", "%zz", "%25", "=", "\u0001"], Large = [FuzzTarget.Repeat("%41", "5\n"), FuzzTarget.Repeat("A", "5\nx\n")] },
        new FuzzTarget("restore pointer", [new RestorePointers.Pointer([(DateTimeOffset.UnixEpoch, Rig.Key("a", "b")), (DateTimeOffset.UnixEpoch.AddDays(1), Rig.Key("a", "c"))]).Encode()],
            bytes => Assert.InRange(RestorePointers.Pointer.Decode(bytes).Keys.Count, 0, 10))
        { Tokens = ["\n", " ", "buildcache-pointer 1"], Large = [FuzzTarget.Repeat("1 x\n", "buildcache-pointer 1\n"), FuzzTarget.Repeat(" ")] },
    ];

    private static FuzzTarget Answer<T>(string name, MessageParser<T> parser, T seed, Action<T> use)
        where T : IMessage<T> => new(name, [seed.ToByteArray()], bytes =>
        {
            using var response = new HttpResponseMessage(HttpStatusCode.OK);
            response.TrailingHeaders.Add("grpc-status", "0");
            using var deadline = new CallDeadline(TimeSpan.FromSeconds(10), TimeProvider.System, CancellationToken.None);
            try
            {
                using var answer = new GrpcResponse(response, new MemoryStream(Framed(bytes)), s_endpoint, deadline, status => new GrpcException(GrpcFailure.Answered, status.Code, status.Message));
                use(answer.ReadMessageAsync(parser, BuildCache.Content.Ceilings.GrpcMessage).AsTask().GetAwaiter().GetResult());
            }
            catch (GrpcException error)
            {
                throw RemoteErrors.Of(error, s_endpoint);
            }
        })
        { Large = [length => Enumerable.Repeat((byte[])[0x0A, 0], length / 2).SelectMany(part => part).ToArray(), length => Enumerable.Repeat((byte[])[0x12, 0], length / 2).SelectMany(part => part).ToArray()] };

    private static byte[] Framed(byte[] message)
    {
        byte[] framed = new byte[GrpcFrame.PrefixLength + message.Length];
        GrpcFrame.WritePrefix(framed, message.Length);
        message.CopyTo(framed, GrpcFrame.PrefixLength);
        return framed;
    }
}
