using System.IO.Enumeration;
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace BuildCache.Keys;

/// <summary>Globs as they are written anywhere in BuildCache: relative to the workspace root, with <c>*</c> and <c>**</c>, case-sensitive.</summary>
public static class FileGlob
{
    /// <summary>The one way to write a glob.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidGlob"/>: the pattern is empty, absolute, negated, or leaves the workspace.</exception>
    public static string Normalise(string root, string pattern)
    {
        string normalised = pattern.Replace('\\', '/');
        return normalised.Trim().Length == 0 || Path.IsPathRooted(normalised) || normalised[0] == '!' || normalised.Split('/').Contains("..") || normalised.Contains('\0', StringComparison.Ordinal)
            ? throw new BuildCacheException(ErrorId.InvalidGlob, $"'{pattern}' is no glob inside the workspace. Write it relative to '{root}', as in 'src/**/*.cs'.")
            : normalised;
    }

    /// <summary>What matches any of some normalised globs; <see langword="null"/> for none.</summary>
    internal static Matcher? MatcherOf(IReadOnlyCollection<string> globs)
    {
        if (globs.Count == 0)
        {
            return null;
        }

        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(globs);
        return matcher;
    }

    /// <summary>Finds the files that a normalised glob matches, relative to the root, sorted.</summary>
    public static List<string> Match(string root, string glob)
    {
        // Sorted, so that the first file that cannot be read is the same one each time.
        List<string> names = [.. MatcherOf([glob])!.Execute(new ListedDirectory(root, Path.GetFileName(root), null)).Files.Select(match => match.Path)];
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>A directory as the listing of its parent gave it: the package's own wrapper makes an object of the system's for each file.</summary>
    private sealed class ListedDirectory(string path, string name, ListedDirectory? parent) : DirectoryInfoBase
    {
        private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

        public override string Name => name;

        public override string FullName => path;

        public override DirectoryInfoBase? ParentDirectory => parent;

        public override IEnumerable<FileSystemInfoBase> EnumerateFileSystemInfos()
        {
            try
            {
                return new FileSystemEnumerable<FileSystemInfoBase>(path, (ref FileSystemEntry entry) => entry.IsDirectory
                    ? new ListedDirectory(entry.ToFullPath(), entry.FileName.ToString(), this)
                    : new ListedFile(entry.FileName.ToString(), this), s_all);
            }
            catch (DirectoryNotFoundException)
            {
                return [];
            }
        }

        // Asked for where a pattern has '..', which none has here.
        public override DirectoryInfoBase? GetDirectory(string path) => new ListedDirectory(Path.Combine(FullName, path), path, this);

        public override FileInfoBase? GetFile(string path) => new ListedFile(path, this);
    }

    private sealed class ListedFile(string name, ListedDirectory parent) : FileInfoBase
    {
        public override string Name => name;

        public override string FullName => Path.Combine(parent.FullName, name);

        public override DirectoryInfoBase? ParentDirectory => parent;
    }
}
