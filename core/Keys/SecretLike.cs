using System.Text.RegularExpressions;

namespace BuildCache.Keys;

/// <summary>Recognises inputs by value that are probably secrets. Their digests, which are stored and not salted, can be guessed offline.</summary>
/// <remarks>
/// No salt would help: the key of an entry is a digest of all inputs, equal on all machines, and who can read the store knows the other ones. Only a
/// value that is hashed slowly, with a salt that the store does not have, cannot be tried out; that is what the id of a secret does.
/// </remarks>
public static partial class SecretLike
{
    /// <summary>The warning for an input that is probably a secret, or <see langword="null"/>.</summary>
    /// <param name="kind">The kind of the input.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public static BuildCacheException? WarningFor(string kind, string name, string? value)
    {
        if (string.IsNullOrEmpty(value) || !(SecretName().IsMatch(name) || SecretValue().IsMatch(value)))
        {
            return null;
        }

        return new BuildCacheException(ErrorId.SecretAsInput,
            $"The input '{kind} {name}' looks like a secret. Its plain digest is stored with the entry, and who can read the store can try out values. "
            + "Give it as a resource: Get-CacheResourceId -SecretVariable in PowerShell, SecretVariables in a build.");
    }

    // The last word of a name tells what it is: API_TOKEN is a token, TOKEN_FILE a file.
    [GeneratedRegex("""
        (?:^|[^A-Za-z0-9]|(?<=[a-z0-9])(?=[A-Z]))
        (?:
            [Tt]oken | TOKEN | [Ss]ecret | SECRET | [Pp]assword | PASSWORD | [Pp]asswd | PASSWD | [Pp]assphrase | PASSPHRASE | [Pp]ass[Ww]ord
          | [Cc]redentials? | CREDENTIALS? | [Aa]pi[Kk]ey | APIKEY | PAT | [Ss]as[Tt]oken | [Cc]onnection[Ss]tring
          | (?:[Aa]pi|[Aa]ccess|[Pp]rivate|[Aa]ccount|[Ss]igning|[Ee]ncryption|[Mm]aster|[Dd]eploy|API|ACCESS|PRIVATE|ACCOUNT|SIGNING|ENCRYPTION|MASTER|DEPLOY)[^A-Za-z0-9]?(?:[Kk]ey|KEY)
          | CONNECTION_?STRING
        )$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    // Tokens of GitHub, GitLab, NuGet, Slack, AWS and npm, web tokens, private keys, addresses with a password.
    [GeneratedRegex("""
        \bgh[pousr]_[A-Za-z0-9]{20} | \bgithub_pat_ | \bglpat-[\w-]{16} | \boy2[a-z0-9]{40} | \bxox[abprs]-\w{8} | \b(?:AKIA|ASIA)[A-Z0-9]{16} | \bnpm_[A-Za-z0-9]{30}
        | \beyJ[\w-]{10,}\.eyJ[\w-]{10,}\. | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY | \w://[^\s/@:]{1,200}:[^\s/@]{1,200}@
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex SecretValue();
}
