namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>A store on a real server, as a build is told of it, and the ways to harm what it keeps.</summary>
public abstract class ServedStore : IAsyncDisposable
{
    /// <summary>Why it cannot be tested here, or <see langword="null"/>.</summary>
    public abstract string? Unavailable { get; }

    /// <summary>Where the server listens.</summary>
    public abstract Uri Address { get; }

    /// <summary>Whether the server speaks gRPC.</summary>
    public virtual bool IsGrpc => false;

    /// <summary>The variables with which a build finds the store and is let in.</summary>
    /// <param name="address">The server, or a proxy before it.</param>
    public abstract IReadOnlyDictionary<string, string> VariablesAt(Uri address);

    /// <summary>The setting that names the store.</summary>
    /// <param name="address">The server, or a proxy before it.</param>
    public abstract string SettingAt(Uri address);

    /// <summary>What a message may not show.</summary>
    public abstract IReadOnlyList<string> Secrets { get; }

    public abstract Task StartAsync();

    /// <summary>Removes objects from the storage, as a lifecycle rule does.</summary>
    /// <param name="oneIn">1 for all of them, 2 for each second.</param>
    public abstract Task RemoveAsync(int oneIn);

    /// <summary>Leaves behind what a writer that died in the middle leaves behind.</summary>
    public virtual Task LeaveUnfinishedUploadAsync() => Task.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Each n-th, the first among them.</summary>
    protected static IReadOnlyList<T> OneIn<T>(int n, IEnumerable<T> all) => [.. all.Where((_, i) => i % n == 0)];
}
