using System.Buffers;
using System.Globalization;

namespace BuildCache.Files;

/// <summary>The names under which files and directories are made beside where they belong. What has such a name is not content of a user: it is neither saved nor matched.</summary>
public static class StagingName
{
    internal const string LockSuffix = ".lock";
    internal const string TemporarySuffix = ".tmp";
    internal const string Prefix = ".buildcache-";

    private const int RandomDigits = 16;
    private const int MostProcessDigits = 8;
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a name is of this kind: <c>.buildcache-</c>, a process, a random number, and what of it this is.</summary>
    public static bool Is(ReadOnlySpan<char> name)
    {
        int length = BaseLength(name);
        return length == name.Length || (length > 0 && name[length] is '.' or '-');
    }

    /// <summary>A name that nothing else has.</summary>
    internal static string New() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId:x}-{Random.Shared.NextInt64():x16}");

    /// <summary>Whether a name belongs with another one that <see cref="New"/> gave.</summary>
    internal static bool BelongsTo(ReadOnlySpan<char> name, ReadOnlySpan<char> owner) =>
        name.StartsWith(owner, StringComparison.Ordinal) && (name.Length == owner.Length || name[owner.Length] == '-');

    private static int BaseLength(ReadOnlySpan<char> name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return -1;
        }

        ReadOnlySpan<char> rest = name[Prefix.Length..];
        int process = rest.IndexOf('-');
        return process is > 0 and <= MostProcessDigits && IsHexadecimal(rest[..process])
            && rest.Length > process + RandomDigits && IsHexadecimal(rest.Slice(process + 1, RandomDigits))
                ? Prefix.Length + process + 1 + RandomDigits
                : -1;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(s_digits) < 0;
}
