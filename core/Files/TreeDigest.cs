using BuildCache.Content;

namespace BuildCache.Files;

/// <summary>The digest of a directory on disk: that of its top <c>Directory</c> message.</summary>
internal static class TreeDigest
{
    /// <summary>Hashes a directory and all below it.</summary>
    /// <exception cref="BuildCacheException">What <see cref="TreeScan.Of"/> and <see cref="FileHasher.HashAll"/> throw.</exception>
    public static Digest Of(string directory, FileHasher hasher, CancellationToken cancellationToken) => Of(directory, hasher, KeptProperties.None, cancellationToken);

    /// <summary>As <see cref="Of(string, FileHasher, CancellationToken)"/>, with properties besides the content.</summary>
    public static Digest Of(string directory, FileHasher hasher, KeptProperties kept, CancellationToken cancellationToken)
    {
        TreeScan scan = TreeScan.Of(directory, cancellationToken);
        IReadOnlyList<HashedFile> hashed = hasher.HashAll(scan.FullPaths(directory), cancellationToken);
        return TreeCodec.Encode(scan.ToTree(directory, [.. hashed.Select(file => file.Digest)], kept), new Dictionary<Digest, byte[]>());
    }
}
