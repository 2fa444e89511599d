using System.Text;

namespace BuildCache.Tests.Fuzz;

/// <summary>A decoder of what somebody else may have written.</summary>
/// <param name="Name">What it is called in the table, and the folder of its corpus.</param>
/// <param name="Seeds">What the encoder made.</param>
/// <param name="Decode">Decodes. It may throw nothing but <see cref="BuildCacheException"/>, and checks what it got.</param>
public sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Decode)
{
    /// <summary>Texts that mean something to the decoder.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Makes an input of about so many bytes that is hard on the decoder, to see how its time grows.</summary>
    public IReadOnlyList<Func<int, byte[]>> Large { get; init; } = [];

    /// <summary>Bytes that one byte of input may allocate.</summary>
    public int BytesEach { get; init; } = 256;

    /// <summary>Bytes that any input may allocate.</summary>
    public int BytesAnyway { get; init; } = 2 * 1024 * 1024;

    /// <inheritdoc cref="Tokens"/>
    public IReadOnlyList<byte[]> TokenBytes => [.. Tokens.Select(Encoding.UTF8.GetBytes)];

    /// <summary>An input that repeats something up to a length.</summary>
    public static Func<int, byte[]> Repeat(string part, string before = "", string after = "") => length =>
        Encoding.UTF8.GetBytes(before + string.Concat(Enumerable.Repeat(part, Math.Max(1, length / part.Length))) + after);

    public override string ToString() => Name;
}
