using BuildCache.Content;
using BuildCache.Entries;

namespace BuildCache.Commands;

/// <summary>Compares what a command made with what an entry holds.</summary>
internal static class OutputComparison
{
    /// <summary>The names of what differs: made otherwise, not made before, or not made now.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<PathToSave> made, CacheEntry entry, FileHasher hasher, CancellationToken cancellationToken)
    {
        Dictionary<string, SavedPath> saved = entry.Paths.ToDictionary(path => path.Path);
        foreach (PathToSave path in made)
        {
            if (!saved.Remove(path.Name, out SavedPath? before) || before.Digest != DigestOf(path.FullPath, hasher, cancellationToken))
            {
                yield return path.Name;
            }
        }

        foreach (string gone in saved.Keys)
        {
            yield return gone;
        }
    }

    private static Digest DigestOf(string path, FileHasher hasher, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            return hasher.Hash(path, cancellationToken).Digest;
        }

        TreeScan scan = TreeScan.Of(path, cancellationToken);
        IReadOnlyList<string> files = [.. scan.Files.Select(file => Path.Combine(path, file))];
        IReadOnlyList<HashedFile> hashed = hasher.HashAll(files, cancellationToken);
        TreeDirectory tree = scan.ToTree([.. hashed.Zip(files, (content, file) => new TreeFile(content.Digest, FileStamp.Read(file)?.IsExecutable == true))]);
        return TreeCodec.Encode(tree, new Dictionary<Digest, byte[]>());
    }
}
