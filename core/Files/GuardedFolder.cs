namespace BuildCache.Files;

/// <summary>A folder of BuildCache's own: what the file system refuses there becomes an error that says where and what to do.</summary>
/// <param name="root">Full path of the folder.</param>
/// <param name="what">What it is, to begin a message with: <c>The store</c>.</param>
/// <param name="whose">Whose permissions to check: <c>its</c>.</param>
internal abstract class GuardedFolder(string root, string what, string whose)
{
    /// <summary>Full path of the folder.</summary>
    public string Root { get; } = root;

    /// <summary>Runs something on the files.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: the file system refused.</exception>
    public void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Guard(Action)"/>
    public T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(error);
        }
    }

    /// <summary>The error for a file system that refuses.</summary>
    public BuildCacheException Unavailable(Exception error) =>
        new(ErrorId.StoreUnavailable, $"{what} in '{Root}' cannot be used: {error.Message} Check {whose} permissions and the free space of {whose} disk.", error);
}
