using System.Globalization;
using Invoices.Model;
using Invoices.Rates;
using Invoices.Text;

namespace Invoices.Report;

/// <summary>Prints an invoice.</summary>
public static class InvoiceReport
{
    /// <summary>The invoice as a table.</summary>
    public static string Print(Invoice invoice, CultureInfo culture)
    {
        decimal tax = Math.Round(invoice.Net * Vat.Rate(invoice.Country), 2);
        var table = new Table();
        foreach (Line line in invoice.Lines)
        {
            table.Add(line.Article, line.Quantity.ToString(culture), line.Amount.ToString("N2", culture));
        }

        table.Add(Labels.Tax(culture), "", tax.ToString("N2", culture));
        table.Add(Labels.Total(culture), "", (invoice.Net + tax).ToString("N2", culture));
        return table.ToString();
    }
}
