using System.Text.RegularExpressions;

namespace BuildCache.Sources.Git;

/// <summary>Addresses of repositories.</summary>
internal static partial class GitUrl
{
    /// <summary>A text without the user names, passwords and queries of the addresses in it.</summary>
    public static string WithoutSecrets(string text) => Query().Replace(User().Replace(text, "$1"), "$1");

    /// <summary>An address as others may know it: without user name and password, and with the digest of its query in place of the query.</summary>
    /// <remarks>A query may hold a signature. It tells one source from another as well, so that it cannot just go.</remarks>
    public static string ForOthers(string url)
    {
        string address = User().Replace(url, "$1");
        return Query().Match(address) is { Success: true } match
            ? address[..match.Groups[1].Length] + "?sha256=" + Content.Digest.Of(System.Text.Encoding.UTF8.GetBytes(address[match.Groups[1].Length..])).Hash
            : address;
    }

    /// <summary>Whether an address is a folder of this machine.</summary>
    public static bool IsLocal(string url) => url.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || Path.IsPathRooted(url);

    /// <summary>The address of a submodule, which may be relative to that of the repository that it belongs to.</summary>
    /// <remarks>The rule is git's (<c>git help submodule</c>, <c>add</c>): each <c>../</c> takes a part off the end.</remarks>
    public static string OfSubmodule(string parent, string url)
    {
        if (!url.StartsWith("./", StringComparison.Ordinal) && !url.StartsWith("../", StringComparison.Ordinal))
        {
            return url;
        }

        string above = parent.TrimEnd('/');
        while (true)
        {
            if (url.StartsWith("./", StringComparison.Ordinal))
            {
                url = url[2..];
            }
            else if (url.StartsWith("../", StringComparison.Ordinal))
            {
                url = url[3..];
                int end = above.LastIndexOf('/');
                // The short form of SSH, host:path, has its last part after the colon.
                end = end < 0 ? above.LastIndexOf(':') + 1 : end;
                above = end > 0 ? above[..end] : "";
            }
            else
            {
                return above.EndsWith(':') ? above + url : $"{above}/{url}";
            }
        }
    }

    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s'""]*@")]
    private static partial Regex User();

    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://[^\s'""?]*)\?[^\s'""]*")]
    private static partial Regex Query();
}
