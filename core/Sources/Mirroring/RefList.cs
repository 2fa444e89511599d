namespace BuildCache.Sources.Mirroring;

/// <summary>The refs of a repository.</summary>
/// <param name="Refs">For each name, the object.</param>
/// <param name="Head">The branch that is checked out where nothing else is asked for, if it is told.</param>
internal sealed record RefList(IReadOnlyDictionary<string, string> Refs, string? Head)
{
    /// <summary>What the names of refs begin with that are a mirror's own.</summary>
    public const string Own = "refs/buildcache/";

    /// <summary>What the names of refs begin with that hold what the origin does not hold any more.</summary>
    public const string Kept = Own + "kept/";

    /// <summary>Reads what <c>ls-remote --symref</c> or <c>for-each-ref</c> print.</summary>
    /// <param name="listing">A line for each ref: the object, a tab, the name.</param>
    public static RefList Parse(string listing)
    {
        const string Symbolic = "ref: ";
        var refs = new Dictionary<string, string>(StringComparer.Ordinal);
        string? head = null;
        foreach (string[] parts in listing.Split('\n').Select(line => line.Split('\t', 2)).Where(parts => parts.Length == 2))
        {
            (string value, string name) = (parts[0], parts[1]);
            if (name == "HEAD")
            {
                head = value.StartsWith(Symbolic, StringComparison.Ordinal) ? value[Symbolic.Length..] : head;
            }
            else if (name.StartsWith("refs/", StringComparison.Ordinal) && !name.EndsWith("^{}", StringComparison.Ordinal))
            {
                refs[name] = value;
            }
        }

        return new RefList(refs, head);
    }

    /// <summary>Those that an origin has, and not what is a mirror's own.</summary>
    public RefList OfOrigin() => this with { Refs = Refs.Where(entry => !IsOwn(entry.Key)).ToDictionary(StringComparer.Ordinal) };

    /// <summary>The objects that are kept.</summary>
    public IReadOnlyList<string> KeptObjects() => [.. Refs.Where(entry => entry.Key.StartsWith(Kept, StringComparison.Ordinal)).Select(entry => entry.Value)];

    /// <summary>Whether another list has the same names with the same objects.</summary>
    public bool Equals(RefList? other) => other is not null && Refs.Count == other.Refs.Count
        && Refs.All(entry => other.Refs.TryGetValue(entry.Key, out string? value) && value == entry.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => Refs.Count;

    private static bool IsOwn(string name) => name.StartsWith(Own, StringComparison.Ordinal);
}
