namespace BuildCache.TestServers;

/// <summary>An entry of <see cref="GitHubCacheService"/>.</summary>
/// <param name="Id">Numbers rise with the time of creation.</param>
/// <param name="Key">The whole key.</param>
/// <param name="Version">64 hexadecimal digits.</param>
/// <param name="Size">In bytes; null while the upload is not finished, and the entry can be found by nobody.</param>
public sealed record GitHubCacheEntry(long Id, string Key, string Version, long? Size);
