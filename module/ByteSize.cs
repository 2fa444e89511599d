namespace BuildCache.PowerShell;

/// <summary>Sizes for the format file, which finds types of this assembly only.</summary>
public static class ByteSize
{
    /// <summary>Writes a size for people: <c>1.5 MB</c>.</summary>
    public static string Format(long bytes) => Pruning.ByteSize.Format(bytes);
}
