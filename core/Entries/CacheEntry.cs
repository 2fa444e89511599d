using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Entries;

/// <summary>What a cache knows of one finished piece of work. Small and immutable; what the work made is in blobs.</summary>
/// <param name="Key">What it is found by.</param>
/// <param name="Paths">What was saved.</param>
/// <param name="Created">When it was saved.</param>
/// <param name="Creator">The program that saved it, as it says itself.</param>
/// <param name="WorkDuration">How long the work took that a hit saves; zero when nobody said.</param>
/// <param name="Fingerprint">The blob with the inputs of the work, or none.</param>
/// <param name="Output">The blob with what the work printed, in a form that its creator knows, or none.</param>
public sealed record CacheEntry(
    CacheKey Key, IReadOnlyList<SavedPath> Paths, DateTimeOffset Created, string Creator, TimeSpan WorkDuration, Digest? Fingerprint, Digest? Output)
{
    /// <summary>How many files were saved.</summary>
    public long FileCount => Paths.Sum(path => path.FileCount);

    /// <summary>Their bytes together, each file counted in full.</summary>
    public long Bytes => Paths.Sum(path => path.Bytes);

    /// <summary>When it was last found, to within an hour; as the store tells it.</summary>
    public DateTimeOffset LastUsed { get; init; }

    /// <summary>Whether it holds links that lead out of it, which a restore has to allow.</summary>
    public bool HasOutsideLinks { get; init; }

    /// <summary>Who signed it: the name of a trusted key, or in words what its signature is worth; <see langword="null"/> when it is not signed.</summary>
    public string? SignedBy => Signature?.ToString();

    /// <summary>The signature, or <see langword="null"/> when it is not signed.</summary>
    public EntrySignature? Signature { get; init; }

    /// <summary>The record it was read from, or <see langword="null"/> for one that was not read.</summary>
    internal Stores.IndexedEntry? Indexed { get; init; }

    /// <summary>Its directories, when a lookup has read them; a restore need not read them again.</summary>
    internal EntryTrees? Trees { get; init; }
}

/// <summary>A file or directory of an entry.</summary>
/// <param name="Path">Where it belongs, relative to the workspace root, with <c>/</c>.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Digest">The blob of the file, or the digest of the top <c>Directory</c> message of the tree.</param>
/// <param name="IsExecutable">Whether a file can be executed.</param>
/// <param name="FileCount">How many files there are; 1 for a file.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="Tree">The blob that has all directory messages of the tree, or none: then each is a blob of its own.</param>
/// <param name="Properties">What else was kept of a file. Those of a directory are in its tree.</param>
public sealed record SavedPath(
    string Path, bool IsDirectory, Digest Digest, bool IsExecutable, long FileCount, long Bytes, Digest? Tree = null, NodeProperties Properties = default);
