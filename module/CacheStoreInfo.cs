namespace BuildCache.PowerShell;

/// <summary>What there is to know of a store.</summary>
/// <param name="Uri">Where it is.</param>
/// <param name="Kind">Its kind: <c>file</c>.</param>
/// <param name="Reachable">Whether it could be read; one that nothing was saved in yet can.</param>
/// <param name="Writable">Whether it can be written; <see langword="null"/> when that is not known before the first save.</param>
/// <param name="Entries">How many entries it holds.</param>
/// <param name="Blobs">How many blobs it holds.</param>
/// <param name="Bytes">The bytes of the blobs together.</param>
public sealed record CacheStoreInfo(Uri Uri, string Kind, bool Reachable, bool? Writable, long? Entries, long? Blobs, long? Bytes);
