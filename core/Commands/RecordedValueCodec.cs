using System.Text.Json;

namespace BuildCache.Commands;

/// <summary>The stored form of a recorded object, as <c>docs/commands.md</c> has it. What is not exactly that is a <see cref="FormatException"/>.</summary>
internal static class RecordedValueCodec
{
    /// <summary>How deep values may lie in each other. Who records goes less deep.</summary>
    public const int MostLevels = 8;

    public static void Write(Utf8JsonWriter json, RecordedValue? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case RecordedScalar { Value: string text }:
                json.WriteStringValue(text);
                break;
            case RecordedScalar { Value: bool flag }:
                json.WriteBooleanValue(flag);
                break;
            case RecordedScalar { Value: var plain }:
                ScalarKind kind = ScalarKind.Of(plain.GetType())!;
                json.WriteStartObject();
                json.WriteString(kind.Type.Name, kind.Write(plain));
                json.WriteEndObject();
                break;
            case RecordedList list:
                Begin(json, "list", list.Types);
                foreach (RecordedValue? item in list.Items)
                {
                    Write(json, item);
                }

                End(json);
                break;
            case RecordedMap map:
                Begin(json, map.IsOrdered ? "ordered" : "map", map.Types);
                foreach ((RecordedValue key, RecordedValue? held) in map.Pairs)
                {
                    Write(json, key);
                    Write(json, held);
                }

                End(json);
                break;
            case RecordedBag bag:
                json.WriteStartObject();
                WriteTypes(json, bag.Types);
                json.WriteString("text"u8, bag.Text);
                json.WritePropertyName("base"u8);
                Write(json, bag.Base);
                json.WriteStartArray("bag"u8);
                foreach ((string name, RecordedValue? property) in bag.Properties)
                {
                    json.WriteStringValue(name);
                    Write(json, property);
                }

                End(json);
                break;
        }
    }

    /// <summary>Reads the value that begins with the token that was read last.</summary>
    public static RecordedValue? Read(ref Utf8JsonReader json, int level = 0)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return new RecordedScalar(json.GetString()!);
            case JsonTokenType.True or JsonTokenType.False:
                return new RecordedScalar(json.GetBoolean());
            case JsonTokenType.StartObject when level < MostLevels:
                Next(ref json, JsonTokenType.PropertyName);
                RecordedValue value = json.ValueTextEquals("types"u8) ? ReadTyped(ref json, level) : ReadScalar(ref json);
                Next(ref json, JsonTokenType.EndObject);
                return value;
            default:
                throw new FormatException();
        }
    }

    private static RecordedScalar ReadScalar(ref Utf8JsonReader json)
    {
        ScalarKind kind = ScalarKind.Named(json.GetString()!) ?? throw new FormatException();
        Next(ref json, JsonTokenType.String);
        return new RecordedScalar(kind.Read(json.GetString()!));
    }

    private static RecordedValue ReadTyped(ref Utf8JsonReader json, int level)
    {
        List<string> types = [];
        Next(ref json, JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            types.Add(json.TokenType == JsonTokenType.String ? json.GetString()! : throw new FormatException());
        }

        Next(ref json, JsonTokenType.PropertyName);
        if (json.ValueTextEquals("text"u8))
        {
            return ReadBag(ref json, types, level);
        }

        string form = json.GetString()!;
        List<RecordedValue?> items = ReadItems(ref json, level);
        return form switch
        {
            "list" => new RecordedList(items, types),
            "map" or "ordered" when items.Count % 2 == 0 => new RecordedMap(
                [.. items.Chunk(2).Select(pair => (pair[0] ?? throw new FormatException(), pair[1]))], types, form == "ordered"),
            _ => throw new FormatException(),
        };
    }

    private static RecordedBag ReadBag(ref Utf8JsonReader json, List<string> types, int level)
    {
        json.Read();
        string? text = json.TokenType is JsonTokenType.String or JsonTokenType.Null ? json.GetString() : throw new FormatException();
        Next(ref json, "base"u8);
        json.Read();
        RecordedScalar? basis = Read(ref json, level + 1) switch { null => null, RecordedScalar scalar => scalar, _ => throw new FormatException() };
        Next(ref json, "bag"u8);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        (string Name, RecordedValue? Value)[] properties =
        [
            .. ReadItems(ref json, level).Chunk(2)
                .Select(pair => pair is [RecordedScalar { Value: string { Length: > 0 } name }, var value] && names.Add(name) ? (name, value) : throw new FormatException()),
        ];
        return new RecordedBag(properties, types, text, basis);
    }

    private static List<RecordedValue?> ReadItems(ref Utf8JsonReader json, int level)
    {
        List<RecordedValue?> items = [];
        Next(ref json, JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Read(ref json, level + 1));
        }

        return items;
    }

    /// <summary>Reads the next token, which has to be of some type.</summary>
    internal static void Next(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type)
        {
            throw new FormatException();
        }
    }

    /// <summary>Reads the name of the next property, which has to be this one.</summary>
    internal static void Next(ref Utf8JsonReader json, ReadOnlySpan<byte> name)
    {
        Next(ref json, JsonTokenType.PropertyName);
        if (!json.ValueTextEquals(name))
        {
            throw new FormatException();
        }
    }

    private static void Begin(Utf8JsonWriter json, string form, IReadOnlyList<string> types)
    {
        json.WriteStartObject();
        WriteTypes(json, types);
        json.WriteStartArray(form);
    }

    private static void WriteTypes(Utf8JsonWriter json, IReadOnlyList<string> types)
    {
        json.WriteStartArray("types"u8);
        foreach (string type in types)
        {
            json.WriteStringValue(type);
        }

        json.WriteEndArray();
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
