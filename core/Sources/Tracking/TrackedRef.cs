using BuildCache.Content;

namespace BuildCache.Sources.Tracking;

/// <summary>Who told a ref.</summary>
public enum RefAuthority
{
    /// <summary>Nobody was asked: the source tracks nothing and stays at its ref.</summary>
    Declaration,

    /// <summary>A place of the source itself.</summary>
    Native,

    /// <summary>An asset service.</summary>
    AssetService,
}

/// <summary>What a source is at.</summary>
/// <param name="Source">The source, as it was declared.</param>
/// <param name="Ref">The ref.</param>
/// <param name="AnsweredBy">Who told it.</param>
/// <param name="Uri">The address that it belongs to, without user name, password and query; <see langword="null"/> when nobody was asked.</param>
/// <param name="Digest">The digest of the staged source, if the one who answered knows it.</param>
/// <param name="Age">How old the answer is; <see langword="null"/> when that is not known.</param>
/// <param name="Notices">What else the caller should hear of, a sentence each: who was asked in vain, and why.</param>
public sealed record TrackedRef(
    SourceDeclaration Source, string Ref, RefAuthority AnsweredBy, string? Uri, Digest? Digest, TimeSpan? Age, IReadOnlyList<string> Notices)
{
    /// <summary>The address of the place that was asked itself, without alias, as git has to have it: with what may be secret. Of no use to people.</summary>
    internal string? Address { get; init; }

    /// <summary>Whether it is another than the declared one. Two ways to write one commit are no change.</summary>
    public bool HasChanged => Source.Ref != Ref && (Source.Ref is null || SourceKinds.Of(Source) is var kind && kind.CanonicalRef(Source) != kind.CanonicalRef(Source with { Ref = Ref }));
}

/// <summary>What became of one source of several.</summary>
/// <param name="Source">The source.</param>
/// <param name="Tracked">What it is at, when that could be found out.</param>
/// <param name="Failure">Why not, when it could not.</param>
public sealed record TrackResult(SourceDeclaration Source, TrackedRef? Tracked, BuildCacheException? Failure);
