using System.Text.RegularExpressions;

namespace BuildCache.Sources.Git;

/// <summary>Addresses of repositories.</summary>
internal static partial class GitUrl
{
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
            string shown = string.Concat(url.Select(character => char.IsControl(character) ? '?' : character));
            throw new BuildCacheException(ErrorId.InvalidSource, $"The address '{WithoutSecrets(shown)}' of the source {source} {wrong}, and git is not asked for it. Give one of http, https, ssh, git and file; for others, 'url.<base>.insteadOf' in your own git configuration.");
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

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/]*@)?-")]
    private static partial Regex HostOption();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9+.-]*::")]
    private static partial Regex RemoteProgram();
}
