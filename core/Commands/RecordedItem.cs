namespace BuildCache.Commands;

/// <summary>One line, or one object, that a command wrote.</summary>
/// <param name="Channel">Where to.</param>
/// <param name="Line">The line, without what ends it; <see langword="null"/> for an object.</param>
/// <param name="Value">The object; <see langword="null"/> for a line, and for an object that is <see langword="null"/>.</param>
/// <param name="IsOpen">Whether what comes next goes on in the same line. Then it is a bag whose property <c>Text</c> is what it shows.</param>
public readonly record struct RecordedItem(CommandChannel Channel, string? Line, RecordedValue? Value = null, bool IsOpen = false)
{
    /// <summary>Whether it is more than a line of text.</summary>
    public bool IsObject => Line is null;

    /// <summary>An object.</summary>
    /// <param name="channel">Where it was written to.</param>
    /// <param name="value">The object.</param>
    /// <param name="isOpen">Whether what comes next goes on in the same line.</param>
    public static RecordedItem OfValue(CommandChannel channel, RecordedValue? value, bool isOpen = false) => new(channel, null, value, isOpen);

    /// <summary>What it writes into a line that goes on.</summary>
    internal string? OpenText => Value is RecordedBag bag
        ? bag.Properties.Where(property => property.Name == nameof(Text)).Select(property => property.Value).OfType<RecordedScalar>().FirstOrDefault()?.Value as string : null;

    /// <summary>The name of the property that <see cref="IsOpen"/> tells of.</summary>
    public const string Text = nameof(Text);

    /// <summary>All texts of it.</summary>
    public IEnumerable<string> Texts => Line is not null ? [Line] : RecordedValue.TextsOf(Value);
}
