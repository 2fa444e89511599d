using Google.Protobuf;

namespace BuildCache.Content;

/// <summary>What Google's reader throws for bytes that are no message: not always its own exception.</summary>
internal static class MalformedMessage
{
    /// <summary>Whether an error of reading a message says that it is malformed.</summary>
    public static bool Is(Exception error) => error is InvalidProtocolBufferException or ArgumentException or IndexOutOfRangeException or OverflowException or InvalidOperationException;
}
