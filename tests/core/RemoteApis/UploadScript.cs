using System.Buffers.Binary;
using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace BuildCache.Tests.RemoteApis;

/// <summary>A server that breaks off the first upload, says how much of it it has, and notes what comes then.</summary>
internal sealed class UploadScript(long has) : IDisposable
{
    private readonly MemoryStream _received = new();
    private bool _isBroken;

    public string? Resource { get; private set; }

    public long? Offset { get; private set; }

    public byte[] Received => _received.ToArray();

    public async Task AnswerAsync(string method, HttpContext context)
    {
        if (method == "QueryWriteStatus")
        {
            await ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new QueryWriteStatusResponse { CommittedSize = has });
        }
        else if (_isBroken)
        {
            await TakeAsync(context);
        }
        else
        {
            _isBroken = true;
            // All of it has been sent by the time that the stream is reset; only the server knows what it kept.
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Abort();
        }
    }

    public void Dispose() => _received.Dispose();

    private async Task TakeAsync(HttpContext context)
    {
        bool isFinished = false;
        byte[] prefix = new byte[GrpcFrame.PrefixLength];
        while (await context.Request.Body.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false) == prefix.Length)
        {
            Assert.False(isFinished);
            byte[] message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
            await context.Request.Body.ReadExactlyAsync(message);
            isFinished = Take(message);
        }

        Assert.True(isFinished);
        await ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, new WriteResponse { CommittedSize = has + _received.Length });
    }

    private bool Take(byte[] message)
    {
        bool isLast = false;
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            switch (tag >> 3)
            {
                case 1:
                    Resource = input.ReadString();
                    break;
                case 2:
                    long offset = input.ReadInt64();
                    Offset ??= offset;
                    Assert.Equal(has + _received.Length, offset);
                    break;
                case 3:
                    isLast = input.ReadBool();
                    break;
                default:
                    Assert.Equal(10u, tag >> 3);
                    _received.Write(input.ReadBytes().Span);
                    break;
            }
        }

        return isLast;
    }
}
