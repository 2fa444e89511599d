namespace BuildCache.Content;

/// <summary>One directory of a tree: its files, links and sub-directories by name.</summary>
/// <remarks>Names are ordered as Remote Execution API v2 orders them, by their UTF-8 bytes.</remarks>
public sealed class TreeDirectory
{
    /// <summary>The files.</summary>
    public SortedDictionary<string, TreeFile> Files { get; } = new(Utf8Order.Instance);

    /// <summary>The sub-directories; an empty one counts.</summary>
    public SortedDictionary<string, TreeDirectory> Directories { get; } = new(Utf8Order.Instance);

    /// <summary>The symbolic links, with their targets as they stand.</summary>
    public SortedDictionary<string, string> Symlinks { get; } = new(Utf8Order.Instance);

    /// <summary>What is kept of the directory itself.</summary>
    public NodeProperties Properties { get; init; }
}

/// <summary>A file of a tree.</summary>
/// <param name="Digest">What it holds.</param>
/// <param name="IsExecutable">Whether its owner may execute it.</param>
/// <param name="Properties">What else is kept of it.</param>
public readonly record struct TreeFile(Digest Digest, bool IsExecutable, NodeProperties Properties = default);

/// <summary>Orders strings as their UTF-8 bytes are ordered.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static readonly Utf8Order Instance = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        int shared = left.CommonPrefixLength(right);
        if (shared == left.Length || shared == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        // UTF-16 puts surrogates below U+E000, UTF-8 puts what they stand for above it.
        (char a, char b) = (left[shared], right[shared]);
        bool aHigh = char.IsSurrogate(a);
        return aHigh == char.IsSurrogate(b) ? a.CompareTo(b) : aHigh ? 1 : -1;
    }
}
