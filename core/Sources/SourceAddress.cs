using System.Text.RegularExpressions;
using BuildCache.Sources.Git;

namespace BuildCache.Sources;

/// <summary>Puts addresses together from a prefix of one party and a rest of another.</summary>
/// <remarks>
/// The prefix may be the user's and hold credentials, the rest is a checkout's. The result must be at the host that the prefix
/// names, so the two are compared as whole addresses: <c>https://near.example</c> with <c>.evil.example/</c> behind it is elsewhere.
/// </remarks>
internal static partial class SourceAddress
{
    /// <summary>The address of a prefix and what follows it, or <see langword="null"/> where that has another host or port, or leaves the folder of the prefix.</summary>
    /// <param name="prefix">An address without alias.</param>
    /// <param name="rest">What follows.</param>
    public static string? TryJoin(string prefix, string rest)
    {
        if (rest.Length == 0)
        {
            return prefix;
        }

        string joined = prefix + rest;
        return StaysAtHost(prefix, joined) && !Climbs(rest) ? joined : null;
    }

    /// <summary>The address of a prefix and what follows it.</summary>
    /// <param name="prefix">An address without alias.</param>
    /// <param name="rest">What follows.</param>
    /// <param name="name">Whose prefix it is, for the message.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/>.</exception>
    public static string Join(string prefix, string rest, string name) => TryJoin(prefix, rest)
        ?? throw new BuildCacheException(ErrorId.InvalidSource,
            $"'{GitUrl.WithoutSecrets(rest)}' cannot follow the address '{GitUrl.WithoutSecrets(prefix)}' of {name}: the result would be at another host or port, or outside of that folder. End the address of {name} with '/', and write the rest without '..'.");

    private static bool StaysAtHost(string prefix, string joined)
    {
        if (Authority().Match(prefix) is { Success: true } authority)
        {
            // Where the prefix has no slash behind the host, the rest has to bring it; 'https://' alone names no host.
            bool namesHost = authority.Groups[1].Length > 0 || prefix.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
            return namesHost && joined[authority.Length..] is ['/', ..];
        }

        // A folder, or the short form of SSH, whose host ends with the colon.
        return Path.IsPathRooted(prefix) || prefix.Contains(':', StringComparison.Ordinal);
    }

    private static bool Climbs(string rest) =>
        rest.Split('?', '#')[0].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase).Split('/', '\\').Contains("..");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*://([^/?#\\]*)")]
    private static partial Regex Authority();
}
