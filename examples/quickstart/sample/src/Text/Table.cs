using System.Text;

namespace Invoices.Text;

/// <summary>Lays out rows in columns.</summary>
public sealed class Table
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <inheritdoc/>
    public override string ToString()
    {
        int columns = _rows.Count == 0 ? 0 : _rows.Max(row => row.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(column => _rows.Max(row => column < row.Length ? row[column].Length : 0))];
        var text = new StringBuilder();
        foreach (string[] row in _rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                text.Append(column == 0 ? row[column].PadRight(widths[column]) : "  " + row[column].PadLeft(widths[column]));
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
