using System.Globalization;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>A table as the documentation has it.</summary>
internal sealed class MarkdownTable(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row; numbers are written by <see cref="Number"/> beforehand.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes a number with a unit's worth of digits.</summary>
    public static string Number(double value, string format = "0.00") => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Writes a ratio against its limit.</summary>
    public static string Ratio(double ratio, double limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00} (limit {limit:0.00}: {(ratio <= limit ? "met" : "**missed**")})");

    /// <summary>Writes the median of some ratios and their range, against a limit if there is one.</summary>
    /// <param name="ratios">The ratios, from the smallest on.</param>
    /// <param name="limit">What the median may be at the most.</param>
    public static string Ratios(IReadOnlyList<double> ratios, double? limit = null) =>
        ratios.Any(double.IsNaN) ? "not measured: the build was not as it should be"
        : string.Create(CultureInfo.InvariantCulture, $"{(limit is { } most ? Ratio(Median.Of(ratios), most) : Number(Median.Of(ratios)))}, {ratios[0]:0.00} to {ratios[^1]:0.00}");

    /// <summary>The table.</summary>
    public override string ToString() =>
        string.Join(Environment.NewLine, [Line(columns), Line(columns.Select(_ => "---")), .. _rows.Select(Line)]);

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}
