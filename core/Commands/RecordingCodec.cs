using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BuildCache.Content;

namespace BuildCache.Commands;

/// <summary>The stored form of what a command wrote: <c>{"version":1,"exitCode":0,"failed":false,"items":[[channel, line], [channel, null, value], …]}</c>.</summary>
internal static class RecordingCodec
{
    private const int FormatVersion = 1;

    /// <returns><see langword="null"/> when that would be too long.</returns>
    public static byte[]? Encode(CommandRecording recording)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, FormatVersion);
            json.WritePropertyName("exitCode"u8);
            if (recording.ExitCode is { } exitCode)
            {
                json.WriteNumberValue(exitCode);
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteBoolean("failed"u8, recording.IsFailure);
            json.WriteStartArray("items"u8);
            foreach (RecordedItem item in recording.Items)
            {
                json.WriteStartArray();
                json.WriteNumberValue((int)item.Channel);
                json.WriteStringValue(item.Line);
                if (item.IsObject)
                {
                    RecordedValueCodec.Write(json, item.Value);
                    json.WriteBooleanValue(item.IsOpen);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenCount <= Ceilings.Recording ? buffer.WrittenSpan.ToArray() : null;
    }

    /// <summary>Reads all of it, so that nothing is put in place or written of one that cannot be read.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobCorrupt"/>: it is no recording, or one that no run would have left. <see cref="ErrorId.UnsupportedFormat"/>: another version wrote it.
    /// </exception>
    public static CommandRecording Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var json = new Utf8JsonReader(bytes.Span);
            RecordedValueCodec.Next(ref json, JsonTokenType.StartObject);
            RecordedValueCodec.Next(ref json, "version"u8);
            RecordedValueCodec.Next(ref json, JsonTokenType.Number);
            if (json.GetInt32() is var version and not FormatVersion)
            {
                throw new BuildCacheException(ErrorId.UnsupportedFormat,
                    $"What the command wrote is stored in format {version} and this version reads {FormatVersion}. Update BuildCache; until then the command runs each time.");
            }

            RecordedValueCodec.Next(ref json, "exitCode"u8);
            int? exitCode = json.Read() && json.TokenType == JsonTokenType.Null ? null : json.GetInt32();
            RecordedValueCodec.Next(ref json, "failed"u8);
            bool isFailure = json.Read() && json.GetBoolean();
            RecordedValueCodec.Next(ref json, "items"u8);
            RecordedValueCodec.Next(ref json, JsonTokenType.StartArray);
            List<RecordedItem> items = [];
            while (json.Read() && json.TokenType == JsonTokenType.StartArray)
            {
                items.Add(ReadItem(ref json));
            }

            RecordedValueCodec.Next(ref json, JsonTokenType.EndObject);
            CommandRecording recording = new(items, exitCode) { IsFailure = isFailure || exitCode is not (null or 0) };
            return !json.Read() && ReplayCheck.WhyNot(items) is null ? recording : throw new FormatException();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, "What the command wrote cannot be read back from the store. The entry that names it is damaged; the command runs anew.", error);
        }
    }

    private static RecordedItem ReadItem(ref Utf8JsonReader json)
    {
        RecordedValueCodec.Next(ref json, JsonTokenType.Number);
        var channel = (CommandChannel)json.GetInt32();
        json.Read();
        string? line = json.GetString();
        RecordedValue? value = null;
        bool isOpen = false;
        if (line is null)
        {
            json.Read();
            value = RecordedValueCodec.Read(ref json);
            json.Read();
            isOpen = json.GetBoolean();
        }

        RecordedValueCodec.Next(ref json, JsonTokenType.EndArray);
        return Enum.IsDefined(channel) ? new RecordedItem(channel, line, value, isOpen) : throw new FormatException();
    }
}
