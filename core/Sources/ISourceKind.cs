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
    /// <returns>What was fetched.</returns>
    /// <exception cref="BuildCacheException">
    /// As for <see cref="TrackAsync"/>, and <see cref="ErrorId.ChecksumDiffers"/> or <see cref="ErrorId.InvalidArchive"/>.
    /// </exception>
    ValueTask<FetchedSource> FetchAsync(SourceDeclaration source, string url, string directory, CancellationToken cancellationToken = default);

    /// <summary>Puts the content of a source at its ref into a directory, and finds what it is made of in turn at the places for that.</summary>
    /// <param name="source">The source.</param>
    /// <param name="place">The place to ask for the source itself.</param>
    /// <param name="places">Works out the places of what it names, by its address at the origin.</param>
    /// <param name="policy">Which of those are asked.</param>
    /// <param name="directory">Full path of a directory that is there and empty.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What was fetched.</returns>
    ValueTask<FetchedSource> FetchAsync(
        SourceDeclaration source, SourcePlace place, SourcePlaces places, PlacePolicy policy, string directory, CancellationToken cancellationToken = default) =>
        FetchAsync(source, place.Url, directory, cancellationToken);

    /// <summary>Whether the ref is the checksum of one file. Caches and services then keep that file, so that each reader verifies it.</summary>
    bool IsFile { get; }

    /// <summary>Puts the file of a source into a directory: as it is, or unpacked. Of a kind that <see cref="IsFile"/>.</summary>
    /// <param name="source">The source.</param>
    /// <param name="url">The address, without alias.</param>
    /// <param name="file">Full path of the file, whose checksum is the ref. It may be moved.</param>
    /// <param name="directory">Full path of a directory that is there and empty.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Full path of the file now.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidArchive"/> or <see cref="ErrorId.InvalidSource"/>.</exception>
    ValueTask<string> UnpackAsync(SourceDeclaration source, string url, string file, string directory, CancellationToken cancellationToken = default);

    /// <summary>Whether a directory is exactly what the ref of a source says. Of a kind that is not <see cref="IsFile"/>.</summary>
    /// <param name="source">The source, with its ref.</param>
    /// <param name="directory">Full path of the directory.</param>
    /// <param name="proof">What <see cref="FetchedSource.Proof"/> was where it was fetched. It need not be trusted.</param>
    /// <param name="cancellationToken">Stops.</param>
    bool Verify(SourceDeclaration source, string directory, ReadOnlyMemory<byte> proof, CancellationToken cancellationToken = default);

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

/// <summary>What came from a place of a source.</summary>
/// <param name="Notices">What the caller should hear of, a sentence each.</param>
/// <param name="Proof">What lets others verify the content by the ref, or nothing.</param>
/// <param name="File">Full path of the file whose checksum is the ref, of a kind that <see cref="ISourceKind.IsFile"/>. It may lie beside the directory; the caller removes it.</param>
public sealed record FetchedSource(IReadOnlyList<string> Notices, ReadOnlyMemory<byte>? Proof = null, string? File = null);
