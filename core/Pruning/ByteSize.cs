using System.Globalization;

namespace BuildCache.Pruning;

/// <summary>Reads and writes sizes the way the literals of PowerShell give them: <c>10GB</c>, and 1 KB is 1,024 bytes.</summary>
public static class ByteSize
{
    private static readonly string[] s_units = ["B", "KB", "MB", "GB", "TB", "PB"];

    /// <summary>Reads a size: a number with a unit, or of bytes.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>.</exception>
    public static long Parse(string text)
    {
        string number = text.Trim();
        decimal factor = 1;
        // From the longest: every unit ends in 'B'.
        for (int unit = s_units.Length - 1; unit >= 0; unit--)
        {
            if (number.EndsWith(s_units[unit], StringComparison.OrdinalIgnoreCase))
            {
                factor = 1L << (10 * unit);
                number = number[..^s_units[unit].Length].TrimEnd();
                break;
            }
        }

        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) && value <= long.MaxValue / factor
            ? (long)(value * factor)
            : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{text}' is no size. Give a number of bytes, or a number with one of {string.Join(", ", s_units)}, as in '10GB'.");
    }

    /// <summary>Writes a size for people: <c>1.5 MB</c>.</summary>
    public static string Format(long bytes)
    {
        int unit = 0;
        double value = bytes;
        for (; value >= 1024 && unit < s_units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {s_units[unit]}");
    }
}
