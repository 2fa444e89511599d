using BuildCache.Configuration;
using BuildCache.Stores;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>The store that all tasks of one node share for one build: connections are made once, and one that was dropped stays dropped.</summary>
internal sealed class SharedStore : IDisposable
{
    private static readonly Lock s_gate = new();

    private readonly Lock _gate = new();
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly List<StoreNotice> _notices = [];
    private int _isDisposed;

    private SharedStore(CacheStore store) => Store = store;

    public CacheStore Store { get; }

    /// <summary>What the store had to tell in this build, until now. Those who ask are several, so each learns of all.</summary>
    public IReadOnlyList<StoreNotice> Notices
    {
        get
        {
            lock (_gate)
            {
                _notices.AddRange(Store.TakeNotices());
                return [.. _notices];
            }
        }
    }

    /// <summary>The store of this node and this build that a setting names.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static SharedStore Of(IBuildEngine4 engine, StoreSetting setting)
    {
        object key = ("BuildCache.Store", setting.Text, setting.Source, setting.Workspace);
        lock (s_gate)
        {
            if (engine.GetRegisteredTaskObject(key, RegisteredTaskObjectLifetime.Build) is SharedStore known)
            {
                return known;
            }

            var store = new SharedStore(CacheStore.Open(setting));
            engine.RegisterTaskObject(key, store, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
            return store;
        }
    }

    /// <summary>Whether nobody told of this problem yet. Asking makes it told.</summary>
    public bool IsNews(string code, string message)
    {
        lock (_gate)
        {
            return _told.Add(code + message);
        }
    }

    /// <summary>Ends the connections. MSBuild calls it when all projects of the build are done.</summary>
    public void Dispose()
    {
        // In MSBuild's multi-threaded mode every thread ends the build.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        try
        {
            Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is BuildCacheException or IOException)
        {
            // All that counted was answered before.
        }
    }
}
