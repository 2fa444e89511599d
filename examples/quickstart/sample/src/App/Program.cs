using System.Globalization;
using Invoices.Model;
using Invoices.Report;

var invoice = new Invoice("2026-001", "DE", [new Line("Paper", 10, 4.5m), new Line("Ink", 2, 21m)]);
foreach (string language in (string[])["en", "de", "fr"])
{
    Console.WriteLine(InvoiceReport.Print(invoice, CultureInfo.GetCultureInfo(language)));
}
