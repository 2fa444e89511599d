using System.Globalization;
using Invoices.Model;
using Invoices.Report;
using Xunit;

namespace Invoices.Tests;

public class InvoiceReportTests
{
    private static readonly Invoice s_invoice = new("1", "FR", [new Line("Paper", 10, 4.5m)]);

    [Fact]
    public void The_sum_includes_the_tax() => Assert.Contains("54.00", InvoiceReport.Print(s_invoice, CultureInfo.InvariantCulture));

    [Fact]
    public void A_line_describes_itself() => Assert.Equal("Article=Paper, Quantity=10, Price=4.5, Amount=45.0",
        string.Create(CultureInfo.InvariantCulture, $"{s_invoice.Lines[0].Describe()}"));
}
