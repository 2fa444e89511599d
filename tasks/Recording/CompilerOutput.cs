using System.Buffers;
using System.Text.Json;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Recording;

/// <summary>The stored form of all that a compiler said.</summary>
internal static class CompilerOutput
{
    public static byte[] Encode(IReadOnlyList<CompilerMessage> messages)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (CompilerMessage message in messages)
            {
                json.WriteStartArray();
                json.WriteBooleanValue(message.IsWarning);
                json.WriteNumberValue((int)message.Importance);
                json.WriteNumberValue(message.Line);
                json.WriteNumberValue(message.Column);
                json.WriteNumberValue(message.EndLine);
                json.WriteNumberValue(message.EndColumn);
                foreach (string? text in (ReadOnlySpan<string?>)[message.Subcategory, message.Code, message.File, message.Text, message.HelpKeyword, message.HelpLink, message.Sender])
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: this version cannot read it.</exception>
    public static IReadOnlyList<CompilerMessage> Decode(byte[] bytes)
    {
        try
        {
            var json = new Utf8JsonReader(bytes);
            List<CompilerMessage> messages = [];
            Expect(ref json, JsonTokenType.StartArray);
            while (json.Read() && json.TokenType == JsonTokenType.StartArray)
            {
                bool isWarning = json.Read() && json.GetBoolean();
                MessageImportance importance = Importance(ref json);
                (int line, int column, int endLine, int endColumn) = (Number(ref json), Number(ref json), Number(ref json), Number(ref json));
                messages.Add(new CompilerMessage(isWarning, importance, Text(ref json), Text(ref json), Text(ref json), line, column, endLine, endColumn,
                    Text(ref json), Text(ref json), Text(ref json), Text(ref json)));
                Expect(ref json, JsonTokenType.EndArray);
            }

            return json.TokenType == JsonTokenType.EndArray && !json.Read() ? messages : throw new JsonException();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, "What the compiler said cannot be read back from the store. The work is done anew.", error);
        }
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type)
        {
            throw new JsonException();
        }
    }

    private static MessageImportance Importance(ref Utf8JsonReader json) =>
        (MessageImportance)Number(ref json) is var importance && Enum.IsDefined(importance) ? importance : throw new JsonException();

    private static int Number(ref Utf8JsonReader json) => json.Read() ? json.GetInt32() : 0;

    private static string? Text(ref Utf8JsonReader json) => json.Read() ? json.GetString() : null;
}
