using System.Globalization;

namespace BuildCache.Pruning;

/// <summary>A limit on space: a number of bytes, or a share of the disk.</summary>
public readonly record struct SizeLimit
{
    private SizeLimit(long bytes, double percent) => (Bytes, Percent) = (bytes, percent);

    /// <summary>The bytes; 0 when it is a share.</summary>
    public long Bytes { get; }

    /// <summary>The share of the whole disk in percent; 0 when it is a number of bytes.</summary>
    public double Percent { get; }

    /// <summary>A limit in bytes.</summary>
    public static SizeLimit OfBytes(long bytes) => new(bytes, 0);

    /// <summary>A limit as a share of the disk, from 0 to 100.</summary>
    public static SizeLimit OfPercent(double percent) => new(0, percent);

    /// <summary>Reads <c>200GB</c> or <c>10%</c>.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>.</exception>
    public static SizeLimit Parse(string text)
    {
        string trimmed = text.Trim();
        if (!trimmed.EndsWith('%'))
        {
            return OfBytes(ByteSize.Parse(trimmed));
        }

        return double.TryParse(trimmed.AsSpan(0, trimmed.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent <= 100
            ? OfPercent(percent)
            : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{text}' is no share of a disk. Give a number from 0 to 100 and '%', as in '10%', or a size as in '10GB'.");
    }

    /// <summary>The limit in bytes on a disk of this size.</summary>
    public long On(long totalBytes) => Percent > 0 ? (long)(totalBytes * (Percent / 100)) : Bytes;

    /// <summary>As it is written.</summary>
    public override string ToString() => Percent > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Percent:0.##}%") : ByteSize.Format(Bytes);
}
