namespace BuildCache.PowerShell;

/// <summary>What there is to know of a store.</summary>
/// <param name="Uri">Where it is.</param>
/// <param name="Kind">Its kind: <c>file</c>, <c>s3</c>, <c>reapi</c> or <c>gha</c>.</param>
/// <param name="Reachable">Whether it answers; one that nothing was saved in yet does.</param>
/// <param name="Writable">Whether it can be written; <see langword="null"/> when only a save would show.</param>
/// <param name="ReadOnly">Whether its URI says that it is never written to.</param>
/// <param name="Entries">How many entries it holds; <see langword="null"/> when it does not tell. Likewise the others.</param>
/// <param name="Blobs">How many blobs it holds.</param>
/// <param name="Bytes">The bytes of the blobs together.</param>
/// <param name="Problem">Why it cannot be reached.</param>
public sealed record CacheStoreInfo(
    Uri Uri, string Kind, bool Reachable, bool? Writable, bool ReadOnly, long? Entries = null, long? Blobs = null, long? Bytes = null, string? Problem = null);
