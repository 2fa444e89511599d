namespace BuildCache.Sources;

/// <summary>What is particular to a kind of source. A new kind plugs in here and nowhere else.</summary>
public interface ISourceKind
{
    /// <summary>What a declaration calls it: <c>git</c>.</summary>
    string Name { get; }

    /// <summary>Refuses a declaration that this kind cannot follow.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/> or <see cref="ErrorId.InvalidRef"/>.</exception>
    void Check(SourceDeclaration source);

    /// <summary>Asks a place what a source's branch or tag is at.</summary>
    /// <param name="source">The source; its <see cref="SourceDeclaration.Track"/> says what to follow.</param>
    /// <param name="url">The address, without alias.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The ref.</returns>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.RefNotFound"/>: the place has none such. <see cref="ErrorId.SourceAccessDenied"/>: it refused.
    /// <see cref="ErrorId.SourceUnavailable"/>: it did not answer.
    /// </exception>
    ValueTask<string> TrackAsync(SourceDeclaration source, string url, CancellationToken cancellationToken = default);

    /// <summary>Puts the content of a source at its ref into a directory.</summary>
    /// <param name="source">The source; its <see cref="SourceDeclaration.Ref"/> says what.</param>
    /// <param name="url">The address, without alias.</param>
    /// <param name="directory">Full path of a directory that is there and empty. After a failure its content is of no use.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What the caller should hear of, a sentence each.</returns>
    /// <exception cref="BuildCacheException">
    /// As for <see cref="TrackAsync"/>, and <see cref="ErrorId.ChecksumDiffers"/> or <see cref="ErrorId.InvalidArchive"/>.
    /// </exception>
    ValueTask<IReadOnlyList<string>> FetchAsync(SourceDeclaration source, string url, string directory, CancellationToken cancellationToken = default);

    /// <summary>Puts the content of a source at its ref into a directory, and finds what it is made of in turn at the places for that.</summary>
    /// <param name="source">The source.</param>
    /// <param name="place">The place to ask for the source itself.</param>
    /// <param name="places">Works out the places of what it names, by its address at the origin.</param>
    /// <param name="policy">Which of those are asked.</param>
    /// <param name="directory">Full path of a directory that is there and empty.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What the caller should hear of, a sentence each.</returns>
    ValueTask<IReadOnlyList<string>> FetchAsync(
        SourceDeclaration source, SourcePlace place, SourcePlaces places, PlacePolicy policy, string directory, CancellationToken cancellationToken = default) =>
        FetchAsync(source, place.Url, directory, cancellationToken);

    /// <summary>The ref of a source in the one form that all ways to write it have in common.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidRef"/>: it has none, or it is malformed.</exception>
    string CanonicalRef(SourceDeclaration source);

    /// <summary>The value by which an asset service knows a ref: of a commit the commit, of a checksum what <c>checksum.sri</c> holds.</summary>
    string QualifierOfRef(string canonicalRef);

    /// <summary>The qualifiers by which an asset service knows the source, without the ref. The fewest that tell it from others.</summary>
    IReadOnlyList<(string Name, string Value)> QualifiersOf(SourceDeclaration source);

    /// <summary>The qualifier in which an asset service tells the ref.</summary>
    string RefQualifier { get; }
}
