namespace BuildCache.Configuration;

/// <summary>A value, and where it was found.</summary>
/// <param name="Value">The value; not empty.</param>
/// <param name="Source">For people: the name of a variable, or a description such as <c>HEAD of git</c>.</param>
public sealed record FoundValue(string Value, string Source);
