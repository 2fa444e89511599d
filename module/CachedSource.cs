using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>A staged source in the source cache.</summary>
/// <param name="Name">What the project calls it; nothing for one that this project does not declare at this ref.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Key">The key of its entry.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="Created">When it was staged.</param>
/// <param name="LastUsed">When it was last staged from here.</param>
public sealed record CachedSource(string? Name, string Kind, CacheKey Key, long Files, long Bytes, DateTimeOffset Created, DateTimeOffset LastUsed);
