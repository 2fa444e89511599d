namespace BuildCache.PowerShell;

/// <summary>What one step of a test of a store found.</summary>
/// <param name="Store">Where the store is.</param>
/// <param name="Kind">Its kind: <c>file</c>, <c>s3</c>, <c>reapi</c> or <c>gha</c>.</param>
/// <param name="Step">What was tried: reach, clock, write, read, put entry, list or delete.</param>
/// <param name="Passed">Whether it worked.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Message">What was found, in words; of a failure also what to do.</param>
/// <param name="ErrorId">The name of the kind of failure, or nothing.</param>
public sealed record CacheStoreStep(Uri Store, string Kind, string Step, bool Passed, TimeSpan Duration, string Message, string? ErrorId);
