using BuildCache.Content;

namespace BuildCache.Sources;

/// <summary>The short names of the places that sources come from.</summary>
/// <param name="aliases">For each name, the address that takes its place; it may begin with another name.</param>
public sealed class SourceAliases(IReadOnlyDictionary<string, string> aliases)
{
    /// <summary>Splits an address into an alias and the rest.</summary>
    /// <returns>No alias for an address that stands for itself.</returns>
    /// <remarks>An address is <c>alias:rest</c> unless what follows the colon begins with <c>//</c>, as in any URL, or the part before
    /// it is a scheme without slashes, a drive letter, or has a character that names of aliases do not have.</remarks>
    public static (string? Alias, string Path) Split(string url)
    {
        int colon = url.IndexOf(':', StringComparison.Ordinal);
        return colon > 1 && !url.AsSpan(colon + 1).StartsWith("//") && url[..colon] is var name && name != "file"
            && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
            ? (name, url[(colon + 1)..])
            : (null, url);
    }

    /// <summary>The aliases that only the user's own settings declare.</summary>
    public IReadOnlySet<string> OfUser { get; init; } = new HashSet<string>();

    /// <summary>Whether an address is one that only the user's own settings say.</summary>
    internal bool IsOfUser(string url)
    {
        List<string> seen = [];
        while (Split(url).Alias is { } alias && !seen.Contains(alias) && aliases.TryGetValue(alias, out string? prefix))
        {
            if (OfUser.Contains(alias))
            {
                return true;
            }

            seen.Add(alias);
            url = prefix;
        }

        return false;
    }

    /// <summary>The aliases that there are.</summary>
    public IEnumerable<string> Names => aliases.Keys;

    /// <summary>The ways to write an address with an alias, the alias that says most first.</summary>
    /// <returns>Nothing for an address that no alias stands for, or whose rest would lead somewhere else below another prefix.</returns>
    public IReadOnlyList<string> Contract(string address)
    {
        List<(int Length, string Url)> forms = [];
        foreach (string alias in aliases.Keys.Order(StringComparer.Ordinal))
        {
            string prefix;
            try
            {
                prefix = Expand(alias + ":");
            }
            catch (BuildCacheException)
            {
                // It is told of where it is used.
                continue;
            }

            string rest = address.StartsWith(prefix, StringComparison.Ordinal) ? address[prefix.Length..] : "";
            if (rest.Length > 0 && !rest.StartsWith("//", StringComparison.Ordinal) && SourceAddress.TryJoin(prefix, rest) is not null)
            {
                forms.Add((prefix.Length, $"{alias}:{rest}"));
            }
        }

        return [.. forms.OrderByDescending(form => form.Length).Select(form => form.Url)];
    }

    /// <summary>The address with its alias replaced, and the alias that this replaced, which may again stand for another.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnknownAlias"/> or <see cref="ErrorId.AliasCycle"/>;
    /// <see cref="ErrorId.InvalidSource"/>: what follows the alias leads to another host.</exception>
    public string Expand(string url) => Expand(url, []);

    /// <summary>The address below a prefix, which may itself begin with an alias.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="rest">What follows it.</param>
    /// <param name="name">Whose prefix it is, for the message.</param>
    /// <exception cref="BuildCacheException">As for <see cref="Expand(string)"/>.</exception>
    internal string Below(string prefix, string rest, string name) => SourceAddress.Join(Expand(prefix), rest, name);

    private string Expand(string url, List<string> seen)
    {
        if (Split(url) is not ({ } alias, var rest))
        {
            return url;
        }

        if (seen.Contains(alias))
        {
            throw new BuildCacheException(ErrorId.AliasCycle, $"The alias '{alias}' stands for itself: {string.Join(" -> ", seen.Append(alias))}. Give one of them an address.");
        }

        if (seen.Count == Ceilings.AliasesInRow)
        {
            throw new BuildCacheException(ErrorId.AliasCycle, $"More than {Ceilings.AliasesInRow} aliases stand for each other, from '{seen[0]}' on. Give one of them an address.");
        }

        seen.Add(alias);
        string prefix = aliases.TryGetValue(alias, out string? found) ? found
            : throw new BuildCacheException(ErrorId.UnknownAlias, aliases.Count == 0
                ? $"'{url}' begins with the alias '{alias}', and there are no aliases. Declare it in 'aliases', or write the whole address."
                : $"'{url}' begins with the alias '{alias}', which is none of {string.Join(", ", aliases.Keys.Order(StringComparer.Ordinal))}. Declare it in 'aliases', or write the whole address.");
        return SourceAddress.Join(Expand(prefix, seen), rest, $"the alias '{alias}'");
    }
}
