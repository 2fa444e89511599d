using BuildCache.Commands;

namespace BuildCache.PowerShell;

/// <summary>Reads properties of a bag that came out of a store and may have anything in it.</summary>
internal static class BagText
{
    /// <summary>The value of a property, or <see langword="null"/>.</summary>
    public static RecordedValue? Find(RecordedBag? bag, string name) => bag?.Properties.FirstOrDefault(property => property.Name == name).Value;

    /// <summary>The text of a property, or <see langword="null"/>.</summary>
    public static string? Get(RecordedBag? bag, string name) => (Find(bag, name) as RecordedScalar)?.Value as string;

    /// <summary>A text as a property has it.</summary>
    public static RecordedScalar? Of(string? text) => text is null ? null : new RecordedScalar(text);
}
