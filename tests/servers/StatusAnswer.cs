using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace BuildCache.TestServers;

/// <summary>The refusal that <see cref="Fault.Status"/> asks for, in the words of the protocol that asked.</summary>
internal static class StatusAnswer
{
    private const string Message = "the fault proxy says no";

    public static async Task WriteAsync(HttpContext context, FaultAction.Status status)
    {
        string contentType = context.Request.ContentType ?? "";
        if (contentType.StartsWith("application/grpc", StringComparison.Ordinal))
        {
            WriteGrpc(context.Response, status);
            return;
        }

        // A client that still sends its body would see a closed connection instead of the status.
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        context.Response.StatusCode = status.Code;
        if (status.RetryAfter is TimeSpan delay)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        (string S3, string Twirp, int _) names = NamesOf(status.Code);
        bool json = contentType.StartsWith("application/json", StringComparison.Ordinal);
        context.Response.ContentType = json ? "application/json" : "application/xml";
        await context.Response.WriteAsync(
            json
                ? $$"""{"code":"{{names.Twirp}}","msg":"{{Message}}"}"""
                : $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{names.S3}</Code><Message>{Message}</Message></Error>",
            context.RequestAborted);
    }

    private static (string S3, string Twirp, int Grpc) NamesOf(int code) => code switch
    {
        401 => ("InvalidAccessKeyId", "unauthenticated", 16),
        403 => ("AccessDenied", "permission_denied", 7),
        404 => ("NoSuchKey", "not_found", 5),
        429 => ("SlowDown", "resource_exhausted", 8),
        500 => ("InternalError", "internal", 13),
        503 => ("ServiceUnavailable", "unavailable", 14),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "The fault proxy has no words for this status."),
    };

    private static void WriteGrpc(HttpResponse response, FaultAction.Status status)
    {
        int code = NamesOf(status.Code).Grpc;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = code.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Message;
        if (status.RetryAfter is TimeSpan delay)
        {
            response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(StatusWithRetryInfo(code, delay)).TrimEnd('=');
        }
    }

    /// <summary>google.rpc.Status { code = 1, message = 2, details = 3: Any { type_url = 1, value = 2: RetryInfo { retry_delay = 1: Duration { seconds = 1, nanos = 2 } } } }.</summary>
    private static byte[] StatusWithRetryInfo(int code, TimeSpan delay)
    {
        byte[] duration = [.. Number(1, delay.Ticks / TimeSpan.TicksPerSecond), .. Number(2, delay.Ticks % TimeSpan.TicksPerSecond * 100)];
        byte[] any = [.. Bytes(1, Encoding.UTF8.GetBytes("type.googleapis.com/google.rpc.RetryInfo")), .. Bytes(2, Bytes(1, duration))];
        return [.. Number(1, code), .. Bytes(2, Encoding.UTF8.GetBytes(Message)), .. Bytes(3, any)];
    }

    private static byte[] Number(int field, long value) => [(byte)(field << 3), .. Varint(value)];

    private static byte[] Bytes(int field, byte[] value) => [(byte)((field << 3) | 2), .. Varint(value.Length), .. value];

    private static List<byte> Varint(long value)
    {
        List<byte> bytes = [];
        for (ulong rest = (ulong)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                bytes.Add((byte)rest);
                return bytes;
            }

            bytes.Add((byte)(rest | 0x80));
        }
    }
}
