using System.Text.RegularExpressions;

namespace BuildCache.Sources.Git;

/// <summary>Addresses of repositories.</summary>
internal static partial class GitUrl
{
    private const int ShortestToken = 8;

    /// <summary>A text without the user names, passwords, queries and fragments of the addresses in it.</summary>
    public static string WithoutSecrets(string text) => QueryInText().Replace(EncodedUser().Replace(User().Replace(text, "$1"), "$1"), "$1");

    /// <summary>A text without the secrets of any address in it, and without those of one address however they are written.</summary>
    /// <param name="text">What another program said.</param>
    /// <param name="url">The address that it was given.</param>
    public static string WithoutSecretsOf(string text, string url)
    {
        List<string> secrets = [];
        if (User().Match(url) is { Success: true } user && user.Value[user.Groups[1].Length..^1].Split(':', 2) is var parts)
        {
            // A short name is in other words too; a long one may be a token.
            secrets.AddRange(parts[0].Length >= ShortestToken ? [parts[0]] : []);
            secrets.AddRange(parts.Skip(1));
        }

        if (Query().Match(url) is { Success: true } query)
        {
            secrets.Add(query.Groups[2].Value);
            secrets.AddRange(query.Groups[2].Value.Split('&').Select(part => part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]).Where(value => value.Length >= ShortestToken));
        }

        foreach (string secret in secrets.SelectMany(Forms).Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, "***", StringComparison.OrdinalIgnoreCase);
        }

        return WithoutSecrets(text);
    }

    /// <summary>An address without user name and password.</summary>
    public static string WithoutUser(string url) => User().Replace(url, "$1", 1);

    /// <summary>An address as others may know it: without user name and password, and with the digest of its query in place of the query.</summary>
    /// <remarks>A query may hold a signature. It tells one source from another as well, so that it cannot just go.</remarks>
    public static string ForOthers(string url)
    {
        string address = User().Replace(url, "$1");
        return Query().Match(address) is { Success: true } match
            ? address[..match.Groups[1].Length] + "?sha256=" + Content.Digest.Of(System.Text.Encoding.UTF8.GetBytes(address[match.Groups[1].Length..])).Hash
            : address;
    }

    /// <summary>Refuses an address that git would take for an option, for a program to run, or for two lines.</summary>
    /// <param name="source">What it is for.</param>
    /// <param name="url">The address.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/>.</exception>
    public static void Check(SourceDeclaration source, string url)
    {
        string? wrong = url.StartsWith('-') || HostOption().IsMatch(url) ? "looks like an option"
            : RemoteProgram().IsMatch(url) ? "names a program in place of a protocol"
            : url.Any(char.IsControl) ? "has a control character"
            : null;
        if (wrong is not null)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The address '{WithoutSecrets(Printable(url))}' of the source {source} {wrong}, and git is not asked for it. Give one of http, https, ssh, git and file; for others, 'url.<base>.insteadOf' in your own git configuration.");
        }
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

    private static IEnumerable<string> Forms(string secret) => [secret, Uri.UnescapeDataString(secret), Uri.EscapeDataString(Uri.UnescapeDataString(secret))];

    private static string Printable(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));

    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s]*@")]
    private static partial Regex User();

    // As it stands in the query of another address: https%3A%2F%2Fuser%3Apassword%40host.
    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*%3A%2F%2F)(?:(?!%2F)[^/\s])*%40", RegexOptions.IgnoreCase)]
    private static partial Regex EncodedUser();

    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://[^\s?]*)\?(\S*)")]
    private static partial Regex Query();

    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://[^\s'""?#]*)[?#][^\s'""]*")]
    private static partial Regex QueryInText();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/]*@)?-")]
    private static partial Regex HostOption();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9+.-]*::")]
    private static partial Regex RemoteProgram();
}
