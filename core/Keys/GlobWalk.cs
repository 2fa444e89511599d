using System.IO.Enumeration;
using BuildCache.Files;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace BuildCache.Keys;

/// <summary>The directories that a glob leads through, as its package asks for them. Links to directories are collected in place of being entered.</summary>
internal sealed class GlobWalk
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly string _root;
    private readonly CancellationToken _cancellationToken;

    public GlobWalk(string root, CancellationToken cancellationToken)
    {
        (_root, _cancellationToken) = (root, cancellationToken);
        Root = new ListedDirectory(this, root);
    }

    public DirectoryInfoBase Root { get; }

    /// <summary>The links that were not entered, relative to the root, with <c>/</c>.</summary>
    public List<string> Links { get; } = [];

    private List<FileSystemInfoBase> List(ListedDirectory directory)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return [.. new FileSystemEnumerable<FileSystemInfoBase>(directory.FullName, (ref FileSystemEntry entry) => Wrap(ref entry, directory), s_all)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !StagingName.Is(entry.FileName),
            }];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"The directory '{directory.FullName}', which a glob leads to, cannot be listed ({error.Message}). Check that this user may read it, or narrow the glob.", error);
        }
    }

    private FileSystemInfoBase Wrap(ref FileSystemEntry entry, ListedDirectory parent)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        // In this order: whether it is a directory the listing says itself; what else it is costs a call of the system.
        return entry.IsDirectory
            ? new ListedDirectory(this, entry.FileName.ToString(), parent, (entry.Attributes & FileAttributes.ReparsePoint) != 0 && IsLink(ref entry))
            : new ListedFile(entry.FileName.ToString(), parent);
    }

    // On Windows, what a file system stores elsewhere is marked in the same way as a link.
    private static bool IsLink(ref FileSystemEntry entry) => !OperatingSystem.IsWindows() || new DirectoryInfo(entry.ToFullPath()).LinkTarget is not null;

    /// <summary>A directory as the listing of its parent gave it: the package's own wrapper makes an object of the system's for each file.</summary>
    private sealed class ListedDirectory : DirectoryInfoBase
    {
        private readonly GlobWalk _walk;
        private readonly bool _isLink;

        public ListedDirectory(GlobWalk walk, string root) => (_walk, FullName, Name) = (walk, root, Path.GetFileName(root));

        // Not the path that the listing gives: it gives none where that is too long.
        public ListedDirectory(GlobWalk walk, string name, ListedDirectory parent, bool isLink) =>
            (_walk, Name, ParentDirectory, FullName, _isLink) = (walk, name, parent, Path.Join(parent.FullName, name), isLink);

        public override string Name { get; }

        public override string FullName { get; }

        public override DirectoryInfoBase? ParentDirectory { get; }

        // The package asks for this where the pattern leads into the directory.
        public override IEnumerable<FileSystemInfoBase> EnumerateFileSystemInfos()
        {
            if (!_isLink)
            {
                return _walk.List(this);
            }

            _walk.Links.Add(Path.GetRelativePath(_walk._root, FullName).Replace(Path.DirectorySeparatorChar, '/'));
            return [];
        }

        // Asked for where a pattern has '..', which none has here.
        public override DirectoryInfoBase? GetDirectory(string path) => new ListedDirectory(_walk, path, this, isLink: false);

        public override FileInfoBase? GetFile(string path) => new ListedFile(path, this);
    }

    private sealed class ListedFile(string name, ListedDirectory parent) : FileInfoBase
    {
        public override string Name => name;

        public override string FullName => Path.Combine(parent.FullName, name);

        public override DirectoryInfoBase? ParentDirectory => parent;
    }
}
