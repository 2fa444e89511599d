using System.Globalization;
using System.Resources;

namespace Invoices.Text;

/// <summary>The words on an invoice, in the language of its reader.</summary>
public static class Labels
{
    private static readonly ResourceManager s_words = new("Text.Words", typeof(Labels).Assembly);

    /// <summary>The word for the sum at the end.</summary>
    public static string Total(CultureInfo culture) => s_words.GetString("Total", culture) ?? "Total";

    /// <summary>The word for the tax.</summary>
    public static string Tax(CultureInfo culture) => s_words.GetString("Tax", culture) ?? "Tax";
}
