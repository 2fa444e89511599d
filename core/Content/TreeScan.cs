using System.IO.Enumeration;

namespace BuildCache.Content;

/// <summary>What stands below a directory on disk: paths only, nothing is read.</summary>
/// <param name="Files">Files, relative to the directory, with <c>/</c>.</param>
/// <param name="Directories">Every sub-directory, parents before children.</param>
/// <param name="Symlinks">Links with their targets; what they point to is not followed.</param>
public sealed record TreeScan(IReadOnlyList<string> Files, IReadOnlyList<string> Directories, IReadOnlyList<(string Path, string Target)> Symlinks)
{
    private enum Kind { File, Directory, Symlink }

    /// <summary>Lists a directory and all below it.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InputNotFound"/>: there is no such directory.
    /// <see cref="ErrorId.UnsupportedFile"/>: a link in it leaves it.
    /// </exception>
    public static TreeScan Of(string root, CancellationToken cancellationToken = default)
    {
        try
        {
            return Scan(root, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"The directory '{root}' cannot be listed ({error.Message}). Check that this user may read all of it, and that nothing removes from it meanwhile.", error);
        }
    }

    private static TreeScan Scan(string root, CancellationToken cancellationToken)
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
                string path = parent.Length == 0 ? name : $"{parent}/{name}";
                if (kind == Kind.Symlink && LinkTarget(Path.Combine(root, path)) is { } target)
                {
                    if (!SafePath.LinkStaysInside(path, target))
                    {
                        throw new BuildCacheException(ErrorId.UnsupportedFile,
                            $"'{Path.Combine(root, path)}' links to '{target}', which may lead out of '{root}'. An entry must be whole in itself: save the directory that holds both, write the link without a '..' after a name, or replace it by a copy.");
                    }

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
    public TreeDirectory ToTree(IReadOnlyList<TreeFile> contents)
    {
        var top = new TreeDirectory();
        var byPath = new Dictionary<string, TreeDirectory>(StringComparer.Ordinal) { [""] = top };
        foreach (string path in Directories)
        {
            (TreeDirectory parent, string name) = Locate(byPath, path);
            byPath[path] = parent.Directories[name] = new TreeDirectory();
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

    /// <summary>Joins the listing with the digests of its files, and with what the file system says of who may execute them.</summary>
    /// <param name="root">The directory that was listed.</param>
    /// <param name="digests">One for each of <see cref="Files"/>, in their order.</param>
    internal TreeDirectory ToTree(string root, IReadOnlyList<Digest> digests) =>
        ToTree([.. FullPaths(root).Zip(digests, (file, digest) => new TreeFile(digest, FileStamp.Read(file)?.IsExecutable ?? false))]);

    /// <summary>The full paths of <see cref="Files"/>.</summary>
    /// <param name="root">The directory that was listed.</param>
    internal IReadOnlyList<string> FullPaths(string root) => [.. Files.Select(file => Path.Combine(root, file))];

    private static (TreeDirectory Parent, string Name) Locate(Dictionary<string, TreeDirectory> byPath, string path)
    {
        int slash = path.LastIndexOf('/');
        return (byPath[slash < 0 ? "" : path[..slash]], path[(slash + 1)..]);
    }

    private static string? LinkTarget(string path) => new FileInfo(path).LinkTarget;
}
