using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Makes the values of a hashtable inputs of a fingerprint.</summary>
internal static class ValueInputs
{
    /// <summary>Adds each value under its name. The order of the hashtable does not matter, that of a list in it does.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheKey"/>: a value has no text that would tell it from others.</exception>
    public static void AddTo(FingerprintBuilder builder, Hashtable values)
    {
        foreach (DictionaryEntry pair in values)
        {
            Add(builder, "value", TextOf("a name", pair.Key)!, pair.Value);
        }
    }

    /// <summary>Adds one value, which may be a list.</summary>
    /// <inheritdoc cref="AddTo(FingerprintBuilder, Hashtable)"/>
    public static void Add(FingerprintBuilder builder, string kind, string name, object? value)
    {
        value = Unwrap(value);
        if (value is IEnumerable and not (string or IDictionary))
        {
            // Of a kind of its own, and each element with its length, so that no list is taken for a text or for another list.
            IEnumerable<string> elements = ((IEnumerable)value).Cast<object?>().Select(element => TextOf(name, element) is { } text ? $"{text.Length}:{text}" : "-");
            builder.Add(kind == "value" ? "list" : $"{kind} list", name, string.Concat(elements));
        }
        else
        {
            builder.Add(kind, name, TextOf(name, value));
        }
    }

    /// <summary>The text of a value that is no list.</summary>
    /// <inheritdoc cref="AddTo(FingerprintBuilder, Hashtable)"/>
    public static string? TextOf(string name, object? value)
    {
        value = Unwrap(value);
        string? text = value switch
        {
            null => null,
            // The general format of dates drops what is below a second.
            DateTime or DateTimeOffset => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            PSCustomObject or IEnumerable and not string => value.GetType().ToString(),
            _ => value.ToString(),
        };
        // The text of an object that has none of its own is the name of its type: all such objects would be one.
        return value is null || text != value.GetType().ToString() ? text
            : throw new BuildCacheException(ErrorId.InvalidCacheKey, $"The value of '{name}' is a {value.GetType().Name}, which cannot be told from another one. Give it as text, or the parts of it that matter as values.");
    }

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value is PSObject custom ? custom.BaseObject : value;
}
