using BuildCache.Content;

namespace BuildCache.Sources.Fetching;

/// <summary>Where the content of a source came from.</summary>
public enum SourceOrigin
{
    /// <summary>The directory held it already.</summary>
    UpToDate,

    /// <summary>The source cache: the user's own, or a store behind it.</summary>
    Cache,

    /// <summary>The content-addressed storage of the asset service.</summary>
    AssetService,

    /// <summary>A mirror.</summary>
    Mirror,

    /// <summary>The origin.</summary>
    Origin,
}

/// <summary>A source that was staged.</summary>
/// <param name="Source">The source.</param>
/// <param name="Directory">Full path of the directory that holds it.</param>
/// <param name="From">Where it came from.</param>
/// <param name="Uri">The address, without user name, password and query, when it came from a mirror or the origin.</param>
/// <param name="IsCached">Whether the source cache is known to have it now.</param>
/// <param name="IsPushed">Whether the asset service was told of it now.</param>
/// <param name="Notices">What else the caller should hear of, a sentence each.</param>
public sealed record StagedSource(
    SourceDeclaration Source, string Directory, SourceOrigin From, string? Uri, bool IsCached, bool IsPushed, IReadOnlyList<string> Notices)
{
    /// <summary>What the project calls it.</summary>
    public string Name => Source.Name;

    /// <summary>The ref that it is at.</summary>
    public string? Ref => Source.Ref;

    /// <summary>The digest of the content, where it had to be found out.</summary>
    public Digest? Digest { get; init; }

    /// <summary>Whether the content was compared with the ref. What an asset service has without a proof is as the service says.</summary>
    public bool IsVerified { get; init; } = true;
}
