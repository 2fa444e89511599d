namespace BuildCache.Files;

/// <summary>Removes a directory with all it holds: what is marked as read-only, names that are not UTF-8, any depth. It never goes through a link, nor into what is mounted.</summary>
public static class DirectoryRemoval
{
    /// <summary>Removes a directory, a file or a link. There may be nothing.</summary>
    /// <exception cref="IOException">Something in it cannot be removed. The rest is gone.</exception>
    public static void Remove(string path)
    {
        if (RemoveAll(path) is [var first, ..] left)
        {
            throw new IOException($"{first} cannot be removed{(left.Count > 1 ? $", and {left.Count - 1} more" : "")}.");
        }
    }

    /// <summary>Removes it if that can be done.</summary>
    /// <returns>Whether nothing is left.</returns>
    public static bool TryRemove(string path) => RemoveAll(path).Count == 0;

    /// <summary>Removes as much of it as can be.</summary>
    /// <returns>What is left, up to a hundred of it.</returns>
    internal static IReadOnlyList<Leftover> RemoveAll(string path) =>
        !OperatingSystem.IsWindows() && UnixCalls.ReadsDirectories ? new UnixRemoval().Remove(Path.TrimEndingDirectorySeparator(path)) : new ManagedRemoval().Remove(path);
}
