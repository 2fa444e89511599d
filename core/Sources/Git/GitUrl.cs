using System.Buffers;
using System.Text;

namespace BuildCache.Sources.Git;

/// <summary>Addresses of repositories.</summary>
internal static class GitUrl
{
    private const string SchemeEnd = "://";
    private static readonly string s_whiteSpace = string.Concat(Enumerable.Range(0, char.MaxValue).Select(code => (char)code).Where(char.IsWhiteSpace));
    private static readonly SearchValues<char> s_ends = SearchValues.Create(s_whiteSpace + "'\"");
    private static readonly SearchValues<char> s_endsOfHost = SearchValues.Create(s_whiteSpace + "'\"/");

    /// <summary>A text without the user names, passwords and queries of the addresses in it.</summary>
    public static string WithoutSecrets(string text) => WithoutQueries(WithoutUsers(text));

    /// <summary>An address as others may know it: without user name and password, and with the digest of its query in place of the query.</summary>
    /// <remarks>A query may hold a signature. It tells one source from another as well, so that it cannot just go.</remarks>
    public static string ForOthers(string url)
    {
        string address = WithoutUsers(url);
        return address.IndexOf(SchemeEnd, StringComparison.Ordinal) is >= 0 and int scheme && FindQuery(address, scheme) is ( >= 0 and var query, _)
            ? address[..query] + "?sha256=" + Content.Digest.Of(Encoding.UTF8.GetBytes(address[query..])).Hash
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

        ReadOnlySpan<char> rest = url;
        ReadOnlySpan<char> above = parent.AsSpan().TrimEnd('/');
        while (true)
        {
            if (rest.StartsWith("./"))
            {
                rest = rest[2..];
            }
            else if (rest.StartsWith("../"))
            {
                rest = rest[3..];
                int end = above.LastIndexOf('/');
                // The short form of SSH, host:path, has its last part after the colon.
                end = end < 0 ? above.LastIndexOf(':') + 1 : end;
                above = end > 0 ? above[..end] : "";
            }
            else
            {
                return above.EndsWith(":") ? $"{above}{rest}" : $"{above}/{rest}";
            }
        }
    }

    // By hand, and in one pass: what a server says is as long as it likes, and an expression that begins anew at each letter takes the square of that.
    private static string WithoutUsers(string text)
    {
        var clean = new StringBuilder();
        int copied = 0;
        for (int scheme; (scheme = text.IndexOf(SchemeEnd, copied, StringComparison.Ordinal)) >= 0;)
        {
            int host = scheme + SchemeEnd.Length;
            ReadOnlySpan<char> authority = UpTo(text.AsSpan(host), s_endsOfHost);
            clean.Append(text, copied, host - copied).Append(authority[(authority.LastIndexOf('@') + 1)..]);
            copied = host + authority.Length;
        }

        return copied == 0 ? text : clean.Append(text, copied, text.Length - copied).ToString();
    }

    private static string WithoutQueries(string text)
    {
        var clean = new StringBuilder();
        int copied = 0;
        for (int scheme; (scheme = text.IndexOf(SchemeEnd, copied, StringComparison.Ordinal)) >= 0;)
        {
            (int query, int end) = FindQuery(text, scheme);
            clean.Append(text, copied, (query < 0 ? end : query) - copied);
            copied = end;
        }

        return copied == 0 ? text : clean.Append(text, copied, text.Length - copied).ToString();
    }

    private static (int Query, int End) FindQuery(string text, int scheme)
    {
        ReadOnlySpan<char> address = UpTo(text.AsSpan(scheme), s_ends);
        int query = address.IndexOf('?');
        return (query < 0 ? -1 : scheme + query, scheme + address.Length);
    }

    private static ReadOnlySpan<char> UpTo(ReadOnlySpan<char> text, SearchValues<char> ends) => text.IndexOfAny(ends) is >= 0 and int end ? text[..end] : text;
}
