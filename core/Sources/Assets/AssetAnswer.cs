using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Assets;

/// <summary>What an asset service is asked about a source.</summary>
/// <param name="Source">The source.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Uris">Every address that it has, aliases and mirrors expanded.</param>
public sealed record AssetQuestion(SourceDeclaration Source, ISourceKind Kind, IReadOnlyList<string> Uris)
{
    /// <summary>The addresses as a service sees them: without what of them is this user's alone.</summary>
    public IReadOnlyList<string> Uris { get; } = [.. Uris.Select(GitUrl.ForOthers).Distinct(StringComparer.Ordinal)];

    /// <summary>The qualifiers of what the source tracks.</summary>
    internal IReadOnlyList<AssetQualifier> Tracked => Qualify(Source);

    /// <summary>The qualifiers of the source at its ref: what tells it from others, and the ref in place of the branch.</summary>
    internal IReadOnlyList<AssetQualifier> AtRef =>
        [.. Qualify(Source with { Track = null }), new(Kind.RefQualifier, Kind.QualifierOfRef(Kind.CanonicalRef(Source)))];

    /// <summary>The name under which a service has what verifies the content. Of what the source is alone: whoever pushed it, and whatever it is, is verified by the ref.</summary>
    internal string ProofUri => "urn:buildcache:proof:" + Digest.Of(System.Text.Encoding.UTF8.GetBytes(string.Join('\n',
        [Kind.Name, Kind.CanonicalRef(Source), .. Source.Options.Where(option => option.Key != SourceKey.DirectoryOption).OrderBy(option => option.Key, StringComparer.Ordinal).Select(option => $"{option.Key}={option.Value}")]))).Hash;

    private List<AssetQualifier> Qualify(SourceDeclaration source) =>
        [.. Kind.QualifiersOf(source).Select(qualifier => new AssetQualifier(qualifier.Name, qualifier.Value))];
}

/// <summary>How an asset service answered.</summary>
public enum AssetOutcome
{
    /// <summary>It told the ref.</summary>
    Found,

    /// <summary>It does not know the source.</summary>
    NotFound,

    /// <summary>It knows the source and does not tell the ref.</summary>
    NoRef,

    /// <summary>What it tells is older than was asked for, or does not say how old it is.</summary>
    TooOld,

    /// <summary>It may not be asked this, which some services say of everything that they do not have.</summary>
    Refused,

    /// <summary>It does not have this part of the API.</summary>
    Unsupported,

    /// <summary>It did not answer, or not with sense.</summary>
    Unavailable,
}

/// <summary>What an asset service says of a source.</summary>
/// <param name="Outcome">How it answered.</param>
/// <param name="Ref">The ref; when it was found.</param>
/// <param name="Uri">The address it was found under.</param>
/// <param name="Directory">The digest of the staged source, if the service knows it.</param>
/// <param name="Recorded">When the ref was read at the origin, if that is known.</param>
/// <param name="Message">For people, when it was not found: a sentence.</param>
public sealed record AssetAnswer(
    AssetOutcome Outcome, string? Ref = null, string? Uri = null, Digest? Directory = null, DateTimeOffset? Recorded = null, string Message = "");
