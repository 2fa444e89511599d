namespace BuildCache.Volumes;

/// <summary>What stands where a volume is to be mounted.</summary>
internal enum MountPointContent
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>A link into the directory of the volumes: one that was made here, by whomever.</summary>
    OwnLink,

    /// <summary>An empty directory.</summary>
    EmptyDirectory,

    /// <summary>A directory that holds something.</summary>
    Directory,

    /// <summary>A link to somewhere else.</summary>
    Link,

    /// <summary>A file.</summary>
    File,
}

/// <summary>A place for a volume. One place has one path, whatever links the way to it passes through.</summary>
internal sealed class MountPoint
{
    private readonly string _volumes;

    /// <param name="path">A path as the caller writes it.</param>
    /// <param name="root">Full path of the directory of the volumes.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidMountPoint"/>: no volume can ever be there.</exception>
    public MountPoint(string path, string root)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        string parent = System.IO.Path.GetDirectoryName(full) ?? throw Invalid($"'{full}' is the root of a file system and cannot be a mount point. Name a directory in it.");
        _volumes = RealPath(root);
        Path = System.IO.Path.Combine(RealPath(parent), System.IO.Path.GetFileName(full));
        if (Lies(Path, _volumes) || Lies(_volumes, Path))
        {
            throw Invalid($"'{full}' and the directory of the volumes, '{root}', lie inside of each other. Mount the volume elsewhere.");
        }
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Full path that the link there points to; <see langword="null"/> when no link is there.</summary>
    public string? Target => DirectoryLink.TargetOf(Path);

    /// <summary>Looks at what stands there.</summary>
    public MountPointContent Look()
    {
        if (Target is { } target)
        {
            return Lies(RealPath(target), _volumes) ? MountPointContent.OwnLink : MountPointContent.Link;
        }

        if (Directory.Exists(Path))
        {
            return Directory.EnumerateFileSystemEntries(Path).Any() ? MountPointContent.Directory : MountPointContent.EmptyDirectory;
        }

        return File.Exists(Path) ? MountPointContent.File : MountPointContent.Nothing;
    }

    /// <summary>Says what stands there, for people.</summary>
    public string Describe() => Look() switch
    {
        MountPointContent.Nothing => "nothing",
        MountPointContent.OwnLink => $"a link to '{Target}', a volume",
        MountPointContent.EmptyDirectory => "an empty directory",
        MountPointContent.Directory => "a directory that is not empty",
        MountPointContent.Link => $"a link to '{Target}'",
        _ => "a file",
    };

    /// <summary>A name beside it that nothing has. Short, because the name of the mount point may be of the longest kind.</summary>
    public string NewSibling() => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, $".before-mount-{Random.Shared.NextInt64():x}");

    public static BuildCacheException Invalid(string message, Exception? cause = null) => new(ErrorId.InvalidMountPoint, message, cause);

    private static bool Lies(string path, string directory)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.StartsWith(directory, comparison)
            && (path.Length == directory.Length || directory.EndsWith(System.IO.Path.DirectorySeparatorChar) || path[directory.Length] == System.IO.Path.DirectorySeparatorChar);
    }

    // As far as it exists: the rest has no links.
    private static string RealPath(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        string here = System.IO.Path.Combine(RealPath(parent), System.IO.Path.GetFileName(path));
        try
        {
            return Directory.ResolveLinkTarget(here, returnFinalTarget: true) is { } target ? RealPath(target.FullName) : here;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not there, not to be looked at, or a circle of links, which leads nowhere in particular.
            return here;
        }
    }
}
