using System.Text.Json;
using BuildCache.Content;

namespace BuildCache.Sources.Assets;

/// <summary>What a client that pushes a source leaves for others, because no service tells the commit that a branch was at.</summary>
/// <param name="Ref">The ref.</param>
/// <param name="Directory">The digest of the staged source.</param>
/// <param name="Tracked">When the ref was read at the origin.</param>
internal sealed record RefRecord(string Ref, Digest Directory, DateTimeOffset Tracked)
{
    private const int FormatVersion = 1;

    /// <summary>The name under which the record of a source is pushed: of no address that a service could fetch itself.</summary>
    /// <remarks>Of the address and what is tracked there, so that each place of a source leads to it.</remarks>
    public static string UriOf(AssetQuestion question, string uri)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            json.WriteStringValue(uri);
            foreach ((string name, string value) in question.Kind.QualifiersOf(question.Source))
            {
                json.WriteStringValue(name);
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }

        return "urn:buildcache:ref:" + Digest.Of(text.ToArray()).Hash;
    }

    public byte[] Encode()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, FormatVersion);
            json.WriteString("ref"u8, Ref);
            json.WriteString("directory"u8, Directory.ToString());
            json.WriteString("tracked"u8, Tracked.UtcDateTime);
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    /// <summary>Reads a record, which anybody may have written.</summary>
    /// <returns><see langword="null"/> when it is none.</returns>
    public static RefRecord? TryDecode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            JsonElement root = json.RootElement;
            return root.GetProperty("version"u8).GetInt32() == FormatVersion
                && root.GetProperty("ref"u8).GetString() is { Length: > 0 } reference
                && Digest.TryParse(root.GetProperty("directory"u8).GetString(), out Digest directory)
                ? new RefRecord(reference, directory, new DateTimeOffset(root.GetProperty("tracked"u8).GetDateTime().ToUniversalTime(), TimeSpan.Zero))
                : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
