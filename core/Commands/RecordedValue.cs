namespace BuildCache.Commands;

/// <summary>An object as it is recorded: a plain value, a list, a dictionary, or a bag of properties. There is no other, so nothing else comes out of a store.</summary>
/// <remarks>The absent value is <see langword="null"/>.</remarks>
public abstract record RecordedValue
{
    /// <summary>All texts in a value: names, types, keys and plain values, bytes in base64.</summary>
    /// <param name="value">The value.</param>
    public static IEnumerable<string> TextsOf(RecordedValue? value) => value switch
    {
        RecordedScalar scalar => [scalar.Text],
        RecordedList list => [.. list.Types, .. list.Items.SelectMany(TextsOf)],
        RecordedMap map => [.. map.Types, .. map.Pairs.SelectMany(pair => TextsOf(pair.Key).Concat(TextsOf(pair.Value)))],
        RecordedBag bag =>
        [
            .. bag.Types, .. bag.Text is null ? (IEnumerable<string>)[] : [bag.Text], .. TextsOf(bag.Base),
            .. bag.Properties.SelectMany(property => TextsOf(property.Value).Prepend(property.Name)),
        ],
        _ => [],
    };
}

/// <summary>A plain value of one of the types that <see cref="ScalarKind"/> lists.</summary>
/// <param name="Value">The value.</param>
public sealed record RecordedScalar(object Value) : RecordedValue
{
    /// <summary>Its text.</summary>
    public string Text => Value as string ?? (Value is char c ? c.ToString() : ScalarKind.Of(Value.GetType())!.Write(Value));
}

/// <summary>A list.</summary>
/// <param name="Items">What is in it.</param>
/// <param name="Types">What it was, from the special to the general.</param>
public sealed record RecordedList(IReadOnlyList<RecordedValue?> Items, IReadOnlyList<string> Types) : RecordedValue;

/// <summary>A dictionary.</summary>
/// <param name="Pairs">What is in it.</param>
/// <param name="Types">What it was, from the special to the general.</param>
/// <param name="IsOrdered">Whether it keeps an order.</param>
public sealed record RecordedMap(IReadOnlyList<(RecordedValue Key, RecordedValue? Value)> Pairs, IReadOnlyList<string> Types, bool IsOrdered) : RecordedValue;

/// <summary>An object by its properties.</summary>
/// <param name="Properties">The properties; their names differ, whatever their case.</param>
/// <param name="Types">What it was, from the special to the general.</param>
/// <param name="Text">Its text, if it has one of its own.</param>
/// <param name="Base">The plain value that it is besides, as of an enumeration.</param>
public sealed record RecordedBag(
    IReadOnlyList<(string Name, RecordedValue? Value)> Properties, IReadOnlyList<string> Types, string? Text = null, RecordedScalar? Base = null) : RecordedValue;
