using BuildCache.Content;

namespace BuildCache.PowerShell;

/// <summary>Makes text out of a store printable, for the views of objects.</summary>
public static class Printable
{
    /// <summary>A text on one line, without what a terminal or a CI service would act on.</summary>
    /// <param name="text">The text.</param>
    public static string Line(object? text) => PrintableText.Line(text?.ToString() ?? "");
}
