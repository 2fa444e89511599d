using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Resources;

/// <summary>What serves a socket or a pipe, as a caller tells it.</summary>
public static class ServedBy
{
    /// <summary>Reads what the caller gave: a digest as <c>hash/size</c>, or a file whose content counts.</summary>
    /// <param name="text">The digest or the path; <see langword="null"/> or empty when nothing was given.</param>
    /// <param name="fullPath">Makes a path a full one.</param>
    /// <param name="hasher">What hashes the file.</param>
    /// <param name="cancellationToken">Stops the hashing.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: it is neither.</exception>
    public static Digest? Read(string? text, Func<string, string> fullPath, FileHasher hasher, CancellationToken cancellationToken = default) =>
        string.IsNullOrEmpty(text) ? null
            : Digest.TryParse(text, out Digest digest) ? digest
            : hasher.Hash(fullPath(text), cancellationToken).Digest;
}
