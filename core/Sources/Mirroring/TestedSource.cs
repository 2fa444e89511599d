namespace BuildCache.Sources.Mirroring;

/// <summary>Whether a source can be fetched from a mirror alone.</summary>
/// <param name="Name">The source.</param>
/// <param name="Ref">The ref at which it was tried; <see langword="null"/> when it has none.</param>
/// <param name="IsFetched">Whether it was fetched whole, submodules included.</param>
/// <param name="Uri">Where from, or what was tried last.</param>
/// <param name="Error">Why not.</param>
/// <param name="Notices">What else there is to say, a sentence each.</param>
public sealed record TestedSource(string Name, string? Ref, bool IsFetched, string? Uri, BuildCacheException? Error, IReadOnlyList<string> Notices)
{
    /// <summary>The error and the notices.</summary>
    public string Message => string.Join(" ", Error is null ? Notices : [Error.Message, .. Notices]);
}
