using BuildCache.Content;
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BuildCache.Commands;

/// <summary>The stored form of what a command wrote: <c>{"version":1,"exitCode":0,"items":[[channel, isObject, data], …]}</c>.</summary>
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
            if (recording.ExitCode is { } exitCode)
            {
                json.WriteNumber("exitCode"u8, exitCode);
            }

            json.WriteStartArray("items"u8);
            foreach (RecordedItem item in recording.Items)
            {
                json.WriteStartArray();
                json.WriteNumberValue((int)item.Channel);
                json.WriteBooleanValue(item.IsObject);
                json.WriteStringValue(item.Data);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenCount <= Ceilings.Recording ? buffer.WrittenSpan.ToArray() : null;
    }

    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobCorrupt"/>: it is no recording. <see cref="ErrorId.UnsupportedFormat"/>: a later version wrote it.
    /// </exception>
    public static CommandRecording Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 4 });
            JsonElement top = document.RootElement;
            if (top.GetProperty("version"u8).GetInt32() is var version and not FormatVersion)
            {
                throw new BuildCacheException(ErrorId.UnsupportedFormat,
                    $"What the command wrote is stored in format {version} and this version reads {FormatVersion}. Update BuildCache; until then the command runs each time.");
            }

            int? exitCode = top.TryGetProperty("exitCode"u8, out JsonElement code) ? code.GetInt32() : null;
            JsonElement array = top.GetProperty("items"u8);
            var items = new RecordedItem[array.GetArrayLength()];
            int next = 0;
            foreach (JsonElement item in array.EnumerateArray())
            {
                var channel = (CommandChannel)item[0].GetInt32();
                items[next++] = Enum.IsDefined(channel) && item[2].GetString() is { } data
                    ? new RecordedItem(channel, data, item[1].GetBoolean())
                    : throw new FormatException();
            }

            return new CommandRecording(items, exitCode);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, "What the command wrote cannot be read back from the store. The entry that names it is damaged; the command runs anew.", error);
        }
    }
}
