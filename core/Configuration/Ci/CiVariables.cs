namespace BuildCache.Configuration.Ci;

/// <summary>The environment variables of a CI service. One that is empty counts as absent.</summary>
/// <param name="read">Reads a variable.</param>
internal sealed class CiVariables(Func<string, string?> read)
{
    public string? this[string name] => read(name)?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>The first of several variables that says something, as it is said.</summary>
    public FoundValue? First(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (this[name] is { } value)
            {
                return new FoundValue(value, name);
            }
        }

        return null;
    }
}
