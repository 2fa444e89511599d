using System.Text;
using BuildCache.Files;

namespace BuildCache.Sources.Git;

/// <summary>Verifies that a directory is what a commit says, to the last byte, mode and link, without git.</summary>
/// <param name="directory">Full path of the directory.</param>
/// <param name="proof">The commit objects.</param>
internal sealed class CommittedTree(string directory, CommitProof proof)
{
    private const string ModulesFile = ".gitmodules";
    private const string Directory = "40000";

    private readonly Dictionary<string, ProvenCommit> _commits = proof.Commits.ToDictionary(commit => commit.Path, StringComparer.Ordinal);
    private readonly HashSet<string> _executables = [.. proof.Executables];
    private readonly HashSet<string> _met = [];

    /// <summary>Whether the directory is the tree of a commit, with its submodules or without.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="withSubmodules">Whether the submodules belong to it. Then one stays empty only where no <c>.gitmodules</c> speaks of it.</param>
    /// <param name="cancellationToken">Stops.</param>
    public bool IsOf(string commit, bool withSubmodules, CancellationToken cancellationToken)
    {
        GitObjectId ids = GitObjectId.Like(commit);
        if (!_commits.TryGetValue("", out ProvenCommit? top) || top.Commit != commit || !withSubmodules && proof.Commits.Any(inner => inner.Path.Length > 0 && inner.Object is not null))
        {
            return false;
        }

        var root = new Node();
        TreeScan scan;
        try
        {
            scan = TreeScan.Whole(directory, cancellationToken);
        }
        catch (BuildCacheException)
        {
            // A name that is not valid UTF-8 is in no tree of a cache either.
            return false;
        }

        foreach (string path in scan.Directories)
        {
            root.Add(path, new Node());
        }

        byte[][] blobs = new byte[scan.Files.Count][];
        Parallel.For(0, blobs.Length, new ParallelOptions { CancellationToken = cancellationToken }, i => blobs[i] = ids.OfFile(Path.Combine(directory, scan.Files[i])));
        for (int i = 0; i < blobs.Length; i++)
        {
            root.Add(scan.Files[i], new Node { Mode = IsExecutable(scan.Files[i]) ? GitModules.Executable : "100644", Id = blobs[i] });
        }

        foreach ((string path, string target) in scan.Symlinks)
        {
            root.Add(path, new Node { Mode = "120000", Id = ids.Of("blob", Encoding.UTF8.GetBytes(target)) });
        }

        // What a proof says of a place that is not there is no proof of anything.
        return Matches(root, top, "", withSubmodules, ids) && _met.Count == _commits.Count;
    }

    private bool Matches(Node node, ProvenCommit commit, string path, bool withSubmodules, GitObjectId ids)
    {
        _met.Add(path);
        return commit.Object is { } content
            && Convert.ToHexStringLower(ids.Of("commit", content)) == commit.Commit
            && TreeOf(content) is { } tree
            && IdOf(node, path, path, withSubmodules, ids) is { } id
            && Convert.ToHexStringLower(id) == tree;
    }

    /// <summary>The name of the tree that a directory is; <see langword="null"/> for one that no commit can have.</summary>
    private byte[]? IdOf(Node node, string path, string repository, bool withSubmodules, GitObjectId ids)
    {
        List<(byte[] SortedBy, byte[] Name, string Mode, byte[] Id)> entries = [];
        foreach ((string name, Node child) in node.Children)
        {
            string full = path.Length == 0 ? name : $"{path}/{name}";
            (string Mode, byte[]? Id) entry = child.Id is not null ? (child.Mode, child.Id)
                : _commits.TryGetValue(full, out ProvenCommit? inner) ? (GitModules.Gitlink, SubmoduleId(child, inner, full, repository, withSubmodules, ids))
                : (Directory, child.Children.Count == 0 ? null : IdOf(child, full, repository, withSubmodules, ids));
            if (entry.Id is null)
            {
                return null;
            }

            byte[] bytes = Encoding.UTF8.GetBytes(name);
            // git sorts a directory as if its name ended with a slash, but not a submodule.
            entries.Add((entry.Mode == Directory ? [.. bytes, (byte)'/'] : bytes, bytes, entry.Mode, entry.Id));
        }

        entries.Sort((left, right) => left.SortedBy.AsSpan().SequenceCompareTo(right.SortedBy));
        using var tree = new MemoryStream();
        foreach ((_, byte[] name, string mode, byte[] id) in entries)
        {
            tree.Write(Encoding.ASCII.GetBytes(mode + " "));
            tree.Write(name);
            tree.WriteByte(0);
            tree.Write(id);
        }

        return ids.Of("tree", tree.GetBuffer().AsSpan(0, (int)tree.Length));
    }

    private byte[]? SubmoduleId(Node node, ProvenCommit commit, string path, string repository, bool withSubmodules, GitObjectId ids)
    {
        bool isGood = commit.Object is not null ? Matches(node, commit, path, withSubmodules, ids)
            : _met.Add(path) && node.Children.Count == 0 && (!withSubmodules || !IsNamed(path, repository));
        return isGood && commit.Commit.Length % 2 == 0 && commit.Commit.All(char.IsAsciiHexDigitLower) ? Convert.FromHexString(commit.Commit) : null;
    }

    // Too often rather than too seldom: a source that is not verified is fetched from its place.
    private bool IsNamed(string path, string repository)
    {
        string file = Path.Combine(directory, repository, ModulesFile);
        return RootedPath.IsLink(file) || File.Exists(file) && File.ReadAllText(file).Contains(path[(repository.Length == 0 ? 0 : repository.Length + 1)..], StringComparison.Ordinal);
    }

    private bool IsExecutable(string path) => OperatingSystem.IsWindows() ? _executables.Contains(path)
        : File.GetUnixFileMode(Path.Combine(directory, path)).HasFlag(UnixFileMode.UserExecute);

    /// <summary>The tree that a commit object names in its first line.</summary>
    private static string? TreeOf(ReadOnlySpan<byte> content)
    {
        int end = content.IndexOf((byte)'\n');
        return end > 0 && content[..end].StartsWith("tree "u8) ? Encoding.ASCII.GetString(content["tree ".Length..end]) : null;
    }

    private sealed class Node
    {
        public string Mode { get; init; } = "";

        /// <summary>Of a file or a link.</summary>
        public byte[]? Id { get; init; }

        public SortedDictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public void Add(string path, Node node)
        {
            Node above = this;
            for (int slash; (slash = path.IndexOf('/', StringComparison.Ordinal)) >= 0; path = path[(slash + 1)..])
            {
                above = above.Children[path[..slash]];
            }

            above.Children[path] = node;
        }
    }
}
