namespace BuildCache.Trust;

/// <summary>A setting in force, or one that somebody set and that is not followed.</summary>
/// <param name="Name">Its name in a settings file; of what only the environment sets, the name of the variable.</param>
/// <param name="Value">Its value, for people; of a secret, that there is one.</param>
/// <param name="Source">Who set it.</param>
/// <param name="Place">Where it was set, for people: <c>the parameter Store</c>, the name of a variable, a setting and its file, <c>the default</c>.</param>
public sealed record Setting(string Name, string Value, SettingSource Source, string Place)
{
    /// <summary>Why it is not followed and what to do, in sentences; <see langword="null"/> for one in force.</summary>
    public string? Refused { get; init; }

    /// <summary>What to warn of where it is not followed.</summary>
    public string Warning => $"{Place} is not followed. {Refused}";
}
