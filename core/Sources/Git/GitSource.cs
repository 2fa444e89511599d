using System.Text.RegularExpressions;

namespace BuildCache.Sources.Git;

/// <summary>Sources in git repositories.</summary>
/// <remarks>
/// A ref is a commit, or what <c>git describe --long --abbrev=40</c> says of one. What is staged is the commit's tree, byte for byte:
/// line ends and filters, of this machine or of the commit's attributes, would give other bytes than the commit names, which nobody
/// could verify. Pointers of LFS stay pointers, and are told of.
/// </remarks>
public sealed partial class GitSource : ISourceKind
{
    private const string Submodules = "submodules";
    private const string TagPrefix = "tag:";
    private static readonly string[] s_options = [Submodules, "directory"];

    /// <inheritdoc/>
    public string Name => "git";

    /// <inheritdoc/>
    public string RefQualifier => "vcs.commit";

    /// <summary>The commit that a ref means.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidRef"/>: it is none.</exception>
    public static string CommitOf(SourceDeclaration source) => source.Ref is { } text && Commit().Match(text) is { Success: true } match
        ? match.Groups[1].Value.ToLowerInvariant()
        : throw new BuildCacheException(ErrorId.InvalidRef, source.Ref is null
            ? $"The source {source} has no ref yet. Track it with Resolve-SourceRef, or give the commit as 'ref'."
            : $"The ref '{source.Ref}' of the source {source} is no commit. Give all 40 digits of one, or what 'git describe --long --abbrev=40' says; a branch is what 'track' is for.");

    /// <inheritdoc/>
    public string CanonicalRef(SourceDeclaration source) => CommitOf(source);

    /// <inheritdoc/>
    public string QualifierOfRef(string canonicalRef) => canonicalRef;

    /// <inheritdoc/>
    public void Check(SourceDeclaration source)
    {
        if (source.Options.Keys.FirstOrDefault(option => !s_options.Contains(option)) is { } unknown)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} says '{unknown}', which a git source does not know; known are track, ref, {string.Join(", ", s_options)}.");
        }

        if (source.Ref is null && source.Track is null)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} has neither 'track' nor 'ref'. Give the branch to follow, the commit to stay at, or both.");
        }

        if (source.Ref is not null)
        {
            _ = CommitOf(source);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string> TrackAsync(SourceDeclaration source, string url, CancellationToken cancellationToken = default)
    {
        string track = source.Track ?? throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} has no 'track'. Give the branch to follow, or 'tag:' and a pattern.");
        bool isTag = track.StartsWith(TagPrefix, StringComparison.Ordinal);
        string name = isTag ? "refs/tags/" + track[TagPrefix.Length..] : track.StartsWith("refs/", StringComparison.Ordinal) ? track : "refs/heads/" + track;
        // A release sorts behind its candidates: v1.0-rc1 before v1.0.
        var git = new GitCommand(source, url);
        string listing = await git.RunAsync(
            ["-c", "versionsort.suffix=-", "ls-remote", "--quiet", "--sort=-version:refname", "--", git.Address, name, name + "^{}"], cancellationToken);
        List<(string Commit, string Name)> refs = [.. listing.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t', 2)).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1]))
            // A pattern matches the end of a name too.
            .Where(found => isTag ? found.Item2.StartsWith("refs/tags/", StringComparison.Ordinal) : found.Item2 == name || found.Item2 == name + "^{}")];
        string? newest = refs.Select(found => found.Name).FirstOrDefault(found => !found.EndsWith("^{}", StringComparison.Ordinal));
        // An annotated tag is an object of its own, and what it stands for is listed behind it.
        (string? commit, _) = refs.Find(found => found.Name == newest + "^{}") is { Commit: not null } peeled ? peeled : refs.Find(found => found.Name == newest);
        return newest is not null && commit is not null && Commit().IsMatch(commit) ? commit
            : throw new BuildCacheException(ErrorId.RefNotFound, isTag
                ? $"'{GitUrl.WithoutSecrets(url)}' has no tag that matches '{track[TagPrefix.Length..]}', which the source {source} tracks. Check the pattern."
                : $"'{GitUrl.WithoutSecrets(url)}' has no branch '{track}', which the source {source} tracks. Check its name, and whether it was deleted.");
    }

    /// <inheritdoc/>
    public async ValueTask<FetchedSource> FetchAsync(SourceDeclaration source, string url, string directory, CancellationToken cancellationToken = default)
    {
        var checkout = new GitCheckout(source, HasSubmodules(source));
        await checkout.StageAsync(url, url, CommitOf(source), directory, cancellationToken);
        return new FetchedSource(checkout.Notices, checkout.Proof.Encode());
    }

    /// <inheritdoc/>
    public async ValueTask<FetchedSource> FetchAsync(
        SourceDeclaration source, SourcePlace place, SourcePlaces places, PlacePolicy policy, string directory, CancellationToken cancellationToken = default)
    {
        var checkout = new GitCheckout(source, HasSubmodules(source)) { PlacesOf = address => places.ToFetchAddress(address, policy) };
        await checkout.StageAsync(place.Url, places.Aliases.Expand(source.Url), CommitOf(source), directory, cancellationToken);
        return new FetchedSource(checkout.Notices, checkout.Proof.Encode());
    }

    /// <inheritdoc/>
    public bool IsFile => false;

    /// <inheritdoc/>
    public ValueTask<string> UnpackAsync(SourceDeclaration source, string url, string file, string directory, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A git source is no file.");

    /// <inheritdoc/>
    public bool Verify(SourceDeclaration source, string directory, ReadOnlyMemory<byte> proof, CancellationToken cancellationToken = default) =>
        CommitProof.TryDecode(proof.Span) is { } commits && new CommittedTree(directory, commits).IsOf(CommitOf(source), HasSubmodules(source), cancellationToken);

    /// <summary>Whether the submodules of a source belong to it.</summary>
    internal static bool HasSubmodules(SourceDeclaration source) => source.Options.GetValueOrDefault(Submodules) != "false";

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> QualifiersOf(SourceDeclaration source) =>
        source.Track is { } track ? [("resource_type", "application/x-git"), ("vcs.branch", track)] : [("resource_type", "application/x-git")];

    [GeneratedRegex("^(?:.+-g)?([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")]
    private static partial Regex Commit();
}
