namespace Invoices.Model;

/// <summary>One line of an invoice.</summary>
[Describe]
public sealed partial record Line(string Article, int Quantity, decimal Price)
{
    /// <summary>What the line adds to the sum.</summary>
    public decimal Amount => Quantity * Price;
}

/// <summary>An invoice.</summary>
[Describe]
public sealed partial record Invoice(string Number, string Country, IReadOnlyList<Line> Lines)
{
    /// <summary>The sum before taxes.</summary>
    public decimal Net => Lines.Sum(line => line.Amount);
}
