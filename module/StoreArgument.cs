namespace BuildCache.PowerShell;

/// <summary>Turns the stores of a parameter into the text of a setting: what is a path becomes a full one, several become a list.</summary>
/// <param name="fullPath">Gives the full path of one that may be relative to the current location.</param>
/// <param name="isDrive">Whether PowerShell has a drive of a name.</param>
internal sealed class StoreArgument(Func<string, string> fullPath, Func<string, bool> isDrive)
{
    /// <summary>The text of the setting, or <see langword="null"/> when no store is given.</summary>
    public string? Resolve(string[]? stores)
    {
        List<string> all = [.. (stores ?? []).Where(store => !string.IsNullOrWhiteSpace(store)).SelectMany(Split)];
        return all switch
        {
            [] => null,
            [var only] => Place(only),
            _ => string.Join(';', all.Select(store => Place(store) is var place && place.Contains(';', StringComparison.Ordinal) ? Escaped(place) : place)),
        };
    }

    // As in a setting: a folder may have a ';' in its name, so only where each part names a store by itself it is a list.
    private string[] Split(string store)
    {
        string[] parts = store.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 1 && Array.TrueForAll(parts, part => IsUri(part) || Path.IsPathFullyQualified(part)) ? parts : [store];
    }

    private string Place(string store) => IsUri(store) ? store : fullPath(store);

    private static string Escaped(string path) =>
        (Path.IsPathFullyQualified(path) ? new Uri(path).AbsoluteUri : path).Replace(";", "%3B", StringComparison.Ordinal);

    // 'C:' and 'Temp:' look like schemes and are drives.
    private bool IsUri(string store) =>
        store.Contains("://", StringComparison.Ordinal)
        || (store.IndexOf(':', StringComparison.Ordinal) is > 1 and int colon
            && !store.AsSpan(0, colon).ContainsAny('/', '\\')
            && !isDrive(store[..colon]));
}
