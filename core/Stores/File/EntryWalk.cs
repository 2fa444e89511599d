using System.IO.Enumeration;

namespace BuildCache.Stores.File;

/// <summary>Walks the directories of entries without collecting what is in them, however much that is.</summary>
internal static class EntryWalk
{
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Every entry file, in no order. An open directory for each level is all that is held.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: a directory cannot be read. None is passed over.</exception>
    public static IEnumerable<string> Of(StoreFiles files, string fileName, CancellationToken cancellationToken)
    {
        var open = new Stack<(string Path, IEnumerator<(string Name, bool IsDirectory)> Children)>();
        try
        {
            Open(files.Entries);
            while (open.TryPeek(out (string Path, IEnumerator<(string Name, bool IsDirectory)> Children) directory))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!files.Guard(directory.Children.MoveNext))
                {
                    open.Pop().Children.Dispose();
                    continue;
                }

                (string name, bool isDirectory) = directory.Children.Current;
                if (isDirectory)
                {
                    Open(Path.Combine(directory.Path, name));
                }
                else if (name == fileName)
                {
                    yield return Path.Combine(directory.Path, name);
                }
            }
        }
        finally
        {
            foreach ((_, IEnumerator<(string, bool)> children) in open)
            {
                children.Dispose();
            }
        }

        void Open(string path)
        {
            try
            {
                open.Push((path, files.Guard(() => Names(path).GetEnumerator())));
            }
            catch (BuildCacheException error) when (error.InnerException is DirectoryNotFoundException)
            {
                // Never made, or removed since its parent was read.
            }
        }
    }

    /// <summary>What is in a directory, but for links. The names come with their kinds, so that nothing has to be looked at for that.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static FileSystemEnumerable<(string Name, bool IsDirectory)> Names(string directory) =>
        new(directory, (ref FileSystemEntry child) => (child.FileName.ToString(), child.IsDirectory), s_everything)
        {
            // What a link leads to is not the store's.
            ShouldIncludePredicate = (ref FileSystemEntry child) => (child.Attributes & FileAttributes.ReparsePoint) == 0,
        };
}
