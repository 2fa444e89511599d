namespace BuildCache.Tests.Support;

/// <summary>Asserts that something fails with an error of BuildCache's own, of the right kind.</summary>
public static class Fails
{
    public static BuildCacheException With(ErrorId id, Action action)
    {
        BuildCacheException error = Assert.Throws<BuildCacheException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }

    public static async Task<BuildCacheException> WithAsync(ErrorId id, Func<Task> action)
    {
        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }
}
