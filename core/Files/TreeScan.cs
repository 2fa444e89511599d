using System.IO.Enumeration;
using BuildCache.Content;

namespace BuildCache.Files;

/// <summary>What stands below a directory on disk: paths only, nothing is read.</summary>
/// <param name="Files">Files, relative to the directory, with <c>/</c>.</param>
/// <param name="Directories">Every sub-directory, parents before children.</param>
/// <param name="Symlinks">Links with their targets; what they point to is not followed.</param>
public sealed record TreeScan(IReadOnlyList<string> Files, IReadOnlyList<string> Directories, IReadOnlyList<(string Path, string Target)> Symlinks)
{
    private enum Kind { File, Directory, Symlink }

    /// <summary>Lists a directory and all below it, without what a restore is making there.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InputNotFound"/>: there is no such directory.
    /// <see cref="ErrorId.UnsupportedFile"/>: a link in it leaves it or cannot be read, or a name is not valid UTF-8.
    /// </exception>
    public static TreeScan Of(string root, CancellationToken cancellationToken = default)
    {
        TreeScan scan = WithAnyLinks(root, cancellationToken);
        foreach ((string path, string target) in scan.Symlinks)
        {
            if (!SafePath.LinkStaysInside(path, target))
            {
                throw LinkLeaves(Path.Combine(root, path), target, $"'{root}'");
            }
        }

        return scan;
    }

    /// <summary>The error of a link whose target is not saved with it.</summary>
    internal static BuildCacheException LinkLeaves(string path, string target, string top) => new(ErrorId.UnsupportedFile,
        $"'{path}' links to '{target}', which may lead out of {top}. Save what it links to as well, write the link without a '..' after a name, or replace it by a copy.");

    /// <summary>As <see cref="Of"/>, with links that lead anywhere.</summary>
    internal static TreeScan WithAnyLinks(string root, CancellationToken cancellationToken) => Listed(root, isWhole: false, cancellationToken);

    /// <summary>As <see cref="WithAnyLinks"/>, with what has a name of a staging: where everything that is there must be known.</summary>
    internal static TreeScan Whole(string root, CancellationToken cancellationToken) => Listed(root, isWhole: true, cancellationToken);

    private static TreeScan Listed(string root, bool isWhole, CancellationToken cancellationToken)
    {
        try
        {
            return Scan(root, isWhole, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"The directory '{root}' cannot be listed ({error.Message}). Check that this user may read all of it, and that nothing removes from it meanwhile.", error);
        }
    }

    private static TreeScan Scan(string root, bool isWhole, CancellationToken cancellationToken)
    {
        if (!System.IO.Directory.Exists(root))
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"There is no directory '{root}'. Check the path, or run the step that makes it first.");
        }

        List<string> files = [];
        List<string> directories = [];
        List<(string, string)> links = [];
        var options = new EnumerationOptions { AttributesToSkip = 0, ReturnSpecialDirectories = false, IgnoreInaccessible = false };
        var pending = new Stack<string>([""]);
        while (pending.TryPop(out string? parent))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var children = new FileSystemEnumerable<(string Name, Kind Kind)>(Path.Combine(root, parent),
                (ref FileSystemEntry entry) => (entry.FileName.ToString(),
                    (entry.Attributes & FileAttributes.ReparsePoint) != 0 ? Kind.Symlink : entry.IsDirectory ? Kind.Directory : Kind.File), options);
            foreach ((string name, Kind kind) in children)
            {
                if (!isWhole && StagingName.Is(name))
                {
                    continue;
                }

                string path = parent.Length == 0 ? name : $"{parent}/{name}";
                RefuseUndecodable(name, Path.Combine(root, path));
                if (kind == Kind.Symlink && ReadLink(Path.Combine(root, path)) is { } target)
                {
                    links.Add((path, target));
                }
                else if (kind == Kind.Directory)
                {
                    directories.Add(path);
                    pending.Push(path);
                }
                else
                {
                    files.Add(path);
                }
            }
        }

        return new TreeScan(files, directories, links);
    }

    /// <summary>Joins the listing with what its files hold.</summary>
    /// <param name="contents">One for each of <see cref="Files"/>, in their order.</param>
    public TreeDirectory ToTree(IReadOnlyList<TreeFile> contents) => ToTree(contents, "", KeptProperties.None);

    /// <summary>As <see cref="ToTree(IReadOnlyList{TreeFile})"/>, with the properties of the directories as they are now.</summary>
    /// <param name="contents">One for each of <see cref="Files"/>, in their order.</param>
    /// <param name="root">The directory that was listed.</param>
    /// <param name="kept">What is kept of the directories.</param>
    internal TreeDirectory ToTree(IReadOnlyList<TreeFile> contents, string root, KeptProperties kept)
    {
        TreeDirectory NewDirectory(string path) => new() { Properties = kept == KeptProperties.None ? default : SourceFile.Read(Path.Combine(root, path), () => NodeProperties.OfDirectory(Path.Combine(root, path))).Kept(kept) };
        TreeDirectory top = NewDirectory("");
        var byPath = new Dictionary<string, TreeDirectory>(StringComparer.Ordinal) { [""] = top };
        foreach (string path in Directories)
        {
            (TreeDirectory parent, string name) = Locate(byPath, path);
            byPath[path] = parent.Directories[name] = NewDirectory(path);
        }

        for (int i = 0; i < Files.Count; i++)
        {
            (TreeDirectory parent, string name) = Locate(byPath, Files[i]);
            parent.Files[name] = contents[i];
        }

        foreach ((string path, string target) in Symlinks)
        {
            (TreeDirectory parent, string name) = Locate(byPath, path);
            parent.Symlinks[name] = target;
        }

        return top;
    }

    /// <summary>Joins the listing with the digests of its files, and with what the file system says of them and of the directories.</summary>
    /// <param name="root">The directory that was listed.</param>
    /// <param name="digests">One for each of <see cref="Files"/>, in their order.</param>
    /// <param name="kept">What is kept besides whether a file can be executed.</param>
    internal TreeDirectory ToTree(string root, IReadOnlyList<Digest> digests, KeptProperties kept = KeptProperties.None) => ToTree(
        [.. FullPaths(root).Zip(digests, (file, digest) => SourceFile.Stamp(file, out NodeProperties properties) is { } stamp
            ? new TreeFile(digest, stamp.IsExecutable, properties.Kept(kept)) : new TreeFile(digest, false))], root, kept);

    /// <summary>The full paths of <see cref="Files"/>.</summary>
    /// <param name="root">The directory that was listed.</param>
    internal IReadOnlyList<string> FullPaths(string root) => [.. Files.Select(file => Path.Combine(root, file))];

    private static (TreeDirectory Parent, string Name) Locate(Dictionary<string, TreeDirectory> byPath, string path)
    {
        int slash = path.LastIndexOf('/');
        return (byPath[slash < 0 ? "" : path[..slash]], path[(slash + 1)..]);
    }

    // On Windows other things than links are reparse points, and have no target.
    private static string? ReadLink(string path)
    {
        string? target = new FileInfo(path).LinkTarget;
        if (target is null && !OperatingSystem.IsWindows())
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile, $"The link '{path}' cannot be read. Check that this user may read it, or leave it out of what is saved.");
        }

        RefuseUndecodable(target, path);
        return target;
    }

    // .NET decodes bytes that are not UTF-8 as U+FFFD. Such a name opens nothing, or the file whose name really has that character.
    private static void RefuseUndecodable(string? text, string path)
    {
        if (text?.Contains('\uFFFD', StringComparison.Ordinal) == true)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile, $"'{path}' has a name or a target that is not valid UTF-8 (shown with U+FFFD). Rename it, or leave it out of what is saved.");
        }
    }
}
