using System.Text;
using System.Text.Json;

namespace BuildCache.Configuration;

/// <summary>A JSON value that knows where it stands, for messages that name the line and for edits that leave the rest as it is.</summary>
internal sealed class PlacedJson
{
    private Dictionary<string, PlacedJson>? _byName;

    private PlacedJson(string file, JsonTokenType type, string? text, int line, int start) => (File, Type, Text, Line, Start) = (file, type, text, line, start);

    /// <summary>The file that it was read from.</summary>
    public string File { get; }

    /// <summary>What kind of value it is, by its first token.</summary>
    public JsonTokenType Type { get; }

    /// <summary>The text of a string; the literal of a number, of <c>true</c>, <c>false</c> or <c>null</c>.</summary>
    public string? Text { get; }

    /// <summary>The line on which it begins, from 1.</summary>
    public int Line { get; }

    /// <summary>The byte of the UTF-8 text, without a byte order mark, at which it begins.</summary>
    public int Start { get; }

    /// <summary>The byte after its last.</summary>
    public int End { get; private set; }

    /// <summary>The members of an object, in their order.</summary>
    public List<(string Name, PlacedJson Value)> Members { get; } = [];

    /// <summary>The elements of an array.</summary>
    public List<PlacedJson> Elements { get; } = [];

    /// <summary>The file and the line, as compilers name them.</summary>
    public string Place => $"{File}({Line})";

    /// <summary>Reads a text with comments and trailing commas.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: it is not JSON, or an object names a member twice.</exception>
    public static PlacedJson Parse(string file, ReadOnlySpan<byte> utf8)
    {
        utf8 = WithoutMark(utf8);
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            reader.Read();
            var lines = new LineCounter(utf8);
            PlacedJson value = Read(file, ref reader, ref lines);
            return reader.Read() ? throw new JsonException() : value;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            string place = error is JsonException { LineNumber: { } line } ? $"{file}({line + 1})" : file;
            throw new BuildCacheException(ErrorId.InvalidConfiguration, $"{place}: this is not JSON. Correct the file or remove it.", error);
        }
    }

    /// <summary>The text without the mark that editors on Windows like to put first.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8) =>
        utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;

    /// <summary>The member of a name, or <see langword="null"/>.</summary>
    public PlacedJson? Member(string name) => _byName?.GetValueOrDefault(name);

    /// <summary>The text of a string that is not empty.</summary>
    /// <param name="name">What it is the value of, for the message.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: it is none.</exception>
    public string AsText(string name) => this is { Type: JsonTokenType.String, Text.Length: > 0 } ? Text : throw Invalid($"The value of '{name}' is not a text.");

    /// <summary>The error that something about this value is wrong.</summary>
    public BuildCacheException Invalid(string what) => new(ErrorId.InvalidConfiguration, $"{Place}: {what}");

    private static PlacedJson Read(string file, ref Utf8JsonReader reader, ref LineCounter lines)
    {
        int start = (int)reader.TokenStartIndex;
        string? text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.StartObject or JsonTokenType.StartArray => null,
            _ => Encoding.UTF8.GetString(reader.ValueSpan),
        };
        var value = new PlacedJson(file, reader.TokenType, text, lines.LineOf(start), start);
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                string name = reader.GetString()!;
                int line = lines.LineOf((int)reader.TokenStartIndex);
                value._byName ??= new(StringComparer.Ordinal);
                if (value._byName.ContainsKey(name))
                {
                    throw new BuildCacheException(ErrorId.InvalidConfiguration, $"{file}({line}): '{name}' stands here a second time. Remove one.");
                }

                reader.Read();
                PlacedJson member = Read(file, ref reader, ref lines);
                value.Members.Add((name, member));
                value._byName.Add(name, member);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                value.Elements.Add(Read(file, ref reader, ref lines));
            }
        }

        value.End = (int)reader.BytesConsumed;
        return value;
    }

    private ref struct LineCounter(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _line = 1;
        private int _at;

        // Asked in the order of the text, so each byte is looked at once.
        public int LineOf(int position)
        {
            _line += _text[_at..position].Count((byte)'\n');
            _at = position;
            return _line;
        }
    }
}
