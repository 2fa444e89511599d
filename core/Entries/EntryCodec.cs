using System.Buffers;
using System.Text.Json;
using BuildCache.Content;
using BuildCache.Stores;
using BuildCache.Trust;

namespace BuildCache.Entries;

/// <summary>The JSON form of an entry's record. Its format version is that of the index it lies in.</summary>
/// <remarks>Written and read by hand: a lookup is a build's hot path, and a serializer would cost more than the lookup.</remarks>
internal static class EntryCodec
{
    public static byte[] Encode(CacheEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("created"u8, entry.Created.UtcDateTime);
            json.WriteString("creator"u8, entry.Creator);
            json.WriteNumber("workMilliseconds"u8, (long)entry.WorkDuration.TotalMilliseconds);
            WriteDigest(json, "fingerprint"u8, entry.Fingerprint);
            WriteDigest(json, "output"u8, entry.Output);
            if (entry.HasOutsideLinks)
            {
                json.WriteBoolean("outsideLinks"u8, true);
            }

            json.WriteStartArray("paths"u8);
            foreach (SavedPath path in entry.Paths)
            {
                json.WriteStartObject();
                json.WriteString("path"u8, path.Path);
                json.WriteString(path.IsDirectory ? "tree"u8 : "file"u8, path.Digest.ToString());
                WriteDigest(json, "messages"u8, path.Tree);
                json.WriteBoolean("executable"u8, path.IsExecutable);
                if (path.Properties.Mode is { } mode)
                {
                    json.WriteNumber("mode"u8, (int)mode);
                }

                if (path.Properties.Modified is { } time)
                {
                    json.WriteStartArray("modified"u8);
                    json.WriteNumberValue(time.Seconds);
                    json.WriteNumberValue(time.Nanoseconds);
                    json.WriteEndArray();
                }

                json.WriteNumber("files"u8, path.FileCount);
                json.WriteNumber("bytes"u8, path.Bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a record.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: it is none, names an unsafe path, one twice or one inside of another, or claims more than the <see cref="Ceilings"/>.</exception>
    public static CacheEntry Decode(IndexedEntry indexed)
    {
        try
        {
            SignatureBlock? signature = SignatureBlock.Read(indexed.Record, out ReadOnlyMemory<byte> payload);
            var json = new Utf8JsonReader(payload.Span);
            var entry = new CacheEntry(indexed.Key, [], default, "", default, null, null)
            {
                LastUsed = indexed.LastUsed,
                Indexed = indexed,
                // Where nothing verifies, every key is an unknown one.
                Signature = indexed.Signature ?? (signature is null ? null : new EntrySignature(signature.KeyId, null, SignatureState.UnknownKey)),
            };
            Expect(ref json, JsonTokenType.StartObject);
            while (NextProperty(ref json) is { } name)
            {
                switch (name)
                {
                    case "created": entry = entry with { Created = new DateTimeOffset(json.GetDateTime(), TimeSpan.Zero) }; break;
                    case "creator": entry = entry with { Creator = PrintableText.Line(Text(ref json, Ceilings.ShownText)) }; break;
                    case "workMilliseconds": entry = entry with { WorkDuration = TimeSpan.FromMilliseconds(json.GetInt64()) }; break;
                    case "fingerprint": entry = entry with { Fingerprint = ReadDigest(ref json) }; break;
                    case "output": entry = entry with { Output = ReadDigest(ref json) }; break;
                    case "outsideLinks": entry = entry with { HasOutsideLinks = json.GetBoolean() }; break;
                    case "paths": entry = entry with { Paths = ReadPaths(ref json) }; break;
                    default: json.Skip(); break;
                }
            }

            return json.Read() ? throw new FormatException() : entry;
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, $"The entry {indexed.Key} cannot be read. Remove it; the work is then done anew.", error);
        }
    }

    private static List<SavedPath> ReadPaths(ref Utf8JsonReader json)
    {
        List<SavedPath> paths = [];
        (long files, long bytes) = (0, 0);
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw new FormatException();
        }

        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            var path = new SavedPath("", false, default, false, 0, 0);
            bool hasDigest = false;
            while (NextProperty(ref json) is { } name)
            {
                switch (name)
                {
                    case "path": path = path with { Path = Text(ref json, Ceilings.EntryPath) }; break;
                    case "file" or "tree":
                        path = path with { IsDirectory = name == "tree", Digest = ReadDigest(ref json) };
                        hasDigest = true;
                        break;
                    case "messages": path = path with { Tree = ReadDigest(ref json) }; break;
                    case "executable": path = path with { IsExecutable = json.GetBoolean() }; break;
                    case "mode": path = path with { Properties = path.Properties with { Mode = (UnixFileMode)json.GetInt32() & NodeProperties.Permissions } }; break;
                    case "modified": path = path with { Properties = path.Properties with { Modified = ReadTime(ref json) } }; break;
                    case "files": path = path with { FileCount = Number(ref json, Ceilings.TreeNodes) }; break;
                    case "bytes": path = path with { Bytes = Number(ref json, Ceilings.TreeBytes) }; break;
                    default: json.Skip(); break;
                }
            }

            if (!hasDigest || !SafePath.IsRelative(path.Path) || paths.Count == Ceilings.EntryPaths)
            {
                throw new FormatException();
            }

            (files, bytes) = (files + path.FileCount, bytes + path.Bytes);
            if (files > Ceilings.TreeNodes || bytes > Ceilings.TreeBytes)
            {
                throw new FormatException();
            }

            paths.Add(path);
        }

        return new PathSet(paths.Select(path => path.Path)).IsNested ? throw new FormatException() : paths;
    }

    private static string Text(ref Utf8JsonReader json, int longest) =>
        (json.GetString() ?? "") is var text && text.Length <= longest ? text : throw new FormatException();

    private static long Number(ref Utf8JsonReader json, long most) => json.GetInt64() is >= 0 and var number && number <= most ? number : throw new FormatException();

    private static FileTime ReadTime(ref Utf8JsonReader json)
    {
        Span<long> parts = stackalloc long[2];
        foreach (ref long part in parts)
        {
            part = json.Read() ? json.GetInt64() : throw new FormatException();
        }

        return json.Read() && json.TokenType == JsonTokenType.EndArray && FileTime.TryCreate(parts[0], parts[1]) is { } time ? time : throw new FormatException();
    }

    private static string? NextProperty(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.PropertyName)
        {
            return json.TokenType == JsonTokenType.EndObject ? null : throw new FormatException();
        }

        string name = json.GetString()!;
        return json.Read() ? name : throw new FormatException();
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type)
        {
            throw new FormatException();
        }
    }

    private static void WriteDigest(Utf8JsonWriter json, ReadOnlySpan<byte> name, Digest? digest)
    {
        if (digest is { } value)
        {
            json.WriteString(name, value.ToString());
        }
    }

    private static Digest ReadDigest(ref Utf8JsonReader json) =>
        Digest.TryParse(json.GetString(), out Digest digest) ? digest : throw new FormatException();
}
