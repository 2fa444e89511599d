using System.Buffers;
using System.Text;

namespace BuildCache.Sources.Git;

/// <summary>What of addresses is secret. By hand, and in one pass: what a server says is as long as it likes, and an expression that begins anew at each letter takes the square of that.</summary>
internal static partial class GitUrl
{
    private const int ShortestToken = 8;
    private const string SchemeEnd = "://";
    private const string EncodedSchemeEnd = "%3A%2F%2F";
    private const string EncodedSlash = "%2F";
    private const string EncodedAt = "%40";
    private static readonly string s_whiteSpace = string.Concat(Enumerable.Range(0, char.MaxValue).Select(code => (char)code).Where(char.IsWhiteSpace));
    private static readonly SearchValues<char> s_ends = SearchValues.Create(s_whiteSpace + "'\"");
    private static readonly SearchValues<char> s_endsOfHost = SearchValues.Create(s_whiteSpace + "/");

    /// <summary>A text without the user names, passwords, queries and fragments of the addresses in it.</summary>
    public static string WithoutSecrets(string text) => WithoutQueries(WithoutEncodedUsers(WithoutUser(text)));

    /// <summary>A text without the secrets of any address in it, and without those of one address however they are written.</summary>
    /// <param name="text">What another program said.</param>
    /// <param name="url">The address that it was given.</param>
    public static string WithoutSecretsOf(string text, string url)
    {
        List<string> secrets = [];
        int host = url.IndexOf(SchemeEnd, StringComparison.Ordinal) is >= 0 and int scheme ? scheme + SchemeEnd.Length : url.Length;
        ReadOnlySpan<char> authority = UpTo(url.AsSpan(host), s_endsOfHost);
        if (authority.LastIndexOf('@') is >= 0 and int at)
        {
            string[] parts = authority[..at].ToString().Split(':', 2);
            // A short name is in other words too; a long one may be a token.
            secrets.AddRange(parts[0].Length >= ShortestToken ? [parts[0]] : []);
            secrets.AddRange(parts.Skip(1));
        }

        if (url.IndexOf('?', host) is >= 0 and int query)
        {
            secrets.Add(url[(query + 1)..]);
            secrets.AddRange(url[(query + 1)..].Split('&').Select(part => part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]).Where(value => value.Length >= ShortestToken));
        }

        foreach (string secret in secrets.SelectMany(Forms).Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, "***", StringComparison.OrdinalIgnoreCase);
        }

        return WithoutSecrets(text);
    }

    /// <summary>An address, or a text with addresses, without user names and passwords.</summary>
    public static string WithoutUser(string text) => Without(text, SchemeEnd, found =>
    {
        ReadOnlySpan<char> authority = UpTo(found[SchemeEnd.Length..], s_endsOfHost);
        return new Cut(SchemeEnd.Length, SchemeEnd.Length + authority.LastIndexOf('@') + 1, SchemeEnd.Length + authority.Length);
    });

    /// <summary>An address as others may know it: without user name and password, and with the digest of its query in place of the query.</summary>
    /// <remarks>A query may hold a signature. It tells one source from another as well, so that it cannot just go.</remarks>
    public static string ForOthers(string url)
    {
        string address = WithoutUser(url);
        return address.IndexOf(SchemeEnd, StringComparison.Ordinal) is >= 0 and int scheme && address.IndexOf('?', scheme) is >= 0 and int query
            ? address[..query] + "?sha256=" + Content.Digest.Of(Encoding.UTF8.GetBytes(address[query..])).Hash
            : address;
    }

    private static IEnumerable<string> Forms(string secret) => [secret, Uri.UnescapeDataString(secret), Uri.EscapeDataString(Uri.UnescapeDataString(secret))];

    // As it is in the query of another address: https%3A%2F%2Fuser%3Apassword%40host.
    private static string WithoutEncodedUsers(string text) => Without(text, EncodedSchemeEnd, found =>
    {
        ReadOnlySpan<char> authority = UpTo(found[EncodedSchemeEnd.Length..], s_endsOfHost);
        authority = authority.IndexOf(EncodedSlash, StringComparison.OrdinalIgnoreCase) is >= 0 and int end ? authority[..end] : authority;
        int at = authority.LastIndexOf(EncodedAt, StringComparison.OrdinalIgnoreCase);
        return new Cut(EncodedSchemeEnd.Length, EncodedSchemeEnd.Length + (at < 0 ? 0 : at + EncodedAt.Length), EncodedSchemeEnd.Length + authority.Length);
    });

    private static string WithoutQueries(string text) => Without(text, SchemeEnd, found =>
    {
        ReadOnlySpan<char> address = UpTo(found, s_ends);
        int query = address.IndexOfAny('?', '#');
        return new Cut(query < 0 ? address.Length : query, address.Length, address.Length);
    });

    // What is found begins with the mark. A cut goes on behind it, so that each character is looked at once.
    private static string Without(string text, string mark, Func<ReadOnlySpan<char>, Cut> find)
    {
        var clean = new StringBuilder();
        int copied = 0;
        for (int at; (at = text.IndexOf(mark, copied, StringComparison.OrdinalIgnoreCase)) >= 0;)
        {
            Cut cut = find(text.AsSpan(at));
            clean.Append(text, copied, at + cut.Start - copied).Append(text, at + cut.End, cut.Next - cut.End);
            copied = at + cut.Next;
        }

        return copied == 0 ? text : clean.Append(text, copied, text.Length - copied).ToString();
    }

    private static ReadOnlySpan<char> UpTo(ReadOnlySpan<char> text, SearchValues<char> ends) => text.IndexOfAny(ends) is >= 0 and int end ? text[..end] : text;

    /// <summary>What is left out, from <paramref name="Start"/> up to <paramref name="End"/>, and where the search goes on.</summary>
    private readonly record struct Cut(int Start, int End, int Next);
}
