using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using BuildCache.Content;
using BuildCache.Content.Wire;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace BuildCache.RemoteApis;

/// <summary>The status that a server states, in trailers, in headers when there is nothing else to say, or for one blob of a batch.</summary>
internal readonly record struct GrpcStatus(GrpcStatusCode Code, string Message, TimeSpan? RetryAfter)
{
    private const int LongestMessage = 500;

    /// <summary>Reads a status from headers or trailers.</summary>
    /// <returns><see langword="null"/> when they state none.</returns>
    public static GrpcStatus? Read(HttpHeaders headers)
    {
        if (Value(headers, "grpc-status") is not string text)
        {
            return null;
        }

        GrpcStatusCode code = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? Known(number) : GrpcStatusCode.Unknown;
        string message = Value(headers, "grpc-message") is string encoded ? Printable(PercentDecoded(encoded)) : "";
        return new GrpcStatus(code, message, RetryDelay(Value(headers, "grpc-status-details-bin")));
    }

    /// <summary>The status of a part of an answer.</summary>
    public static GrpcStatus Of(Status? status) => status is null
        ? new GrpcStatus(GrpcStatusCode.Ok, "", null)
        : new GrpcStatus(Known(status.Code), Printable(status.Message), RetryDelay(status));

    private static GrpcStatusCode Known(int number) => number is >= 0 and <= 16 ? (GrpcStatusCode)number : GrpcStatusCode.Unknown;

    private static string? Value(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.First() : null;

    private static TimeSpan? RetryDelay(string? details)
    {
        if (details is null)
        {
            return null;
        }

        // Servers send it with and without padding; .NET reads it only with.
        string padded = details.TrimEnd('=');
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        try
        {
            return RetryDelay(Status.Parser.ParseFrom(Convert.FromBase64String(padded)));
        }
        catch (Exception error) when (error is FormatException || MalformedMessage.Is(error))
        {
            return null;
        }
    }

    private static TimeSpan? RetryDelay(Status status)
    {
        foreach (Any detail in status.Details)
        {
            try
            {
                if (detail.TryUnpack(out RetryInfo info) && info.RetryDelay is Duration delay)
                {
                    return TimeSpan.FromSeconds(Math.Clamp(delay.Seconds + (delay.Nanos / 1e9), 0, TimeSpan.FromDays(1).TotalSeconds));
                }
            }
            catch (Exception error) when (MalformedMessage.Is(error))
            {
                return null;
            }
        }

        return null;
    }

    private static string PercentDecoded(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            // What is no escape stays as it is: gRPC asks to lose nothing of a malformed message.
            bool isEscape = bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            if (isEscape)
            {
                bytes[length++] = Convert.FromHexString(Encoding.ASCII.GetString(bytes, i + 1, 2))[0];
                i += 2;
            }
            else
            {
                bytes[length++] = bytes[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    // A server's words go into a log: one line of a length that can be read.
    private static string Printable(string text)
    {
        string shortened = text.Length > LongestMessage ? string.Concat(text.AsSpan(0, LongestMessage), "…") : text;
        return string.Concat(shortened.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
    }
}
