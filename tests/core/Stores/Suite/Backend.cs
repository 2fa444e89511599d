using BuildCache.Stores;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>A kind of store and the server behind it, with the ways to harm what it keeps. One serves all tests of a suite.</summary>
public abstract class Backend : IAsyncLifetime
{
    /// <summary>Why it cannot be tested here, or <see langword="null"/>.</summary>
    public abstract string? Unavailable { get; }

    /// <summary>Where the server listens, or <see langword="null"/> when there is none that a proxy could stand before.</summary>
    public virtual Uri? Address => null;

    /// <summary>What another process needs to know to open the same store.</summary>
    public abstract string Location { get; }

    /// <summary>What must stand in no message.</summary>
    public virtual IReadOnlyList<string> Secrets => [];

    /// <summary>Whether the server speaks gRPC.</summary>
    public virtual bool IsGrpc => false;

    /// <summary>Whether a restore key may end within a part.</summary>
    public virtual bool MatchesWithinParts => true;

    /// <summary>Whether all entries can be listed, and so pruned and counted.</summary>
    public virtual bool ListsAll => true;

    /// <summary>Whether an entry can be removed for all to see.</summary>
    public virtual bool Removes => true;

    /// <summary>Whether a put that must not replace is refused by the store itself, so that one of many racing writers wins.</summary>
    public virtual bool HasOneWinner => true;

    /// <summary>Whether the content of what it keeps can be damaged behind its back.</summary>
    public virtual bool CanBeCorrupted => true;

    /// <summary>Opens the store as a new process would.</summary>
    /// <param name="proxy">What stands in between, or nothing.</param>
    public abstract CacheStore Open(Uri? proxy = null);

    /// <summary>Removes the object that holds a blob from the storage.</summary>
    /// <param name="content">The content of the blob.</param>
    public abstract Task LoseAsync(byte[] content);

    /// <summary>Changes a byte of a blob in the storage and leaves its length.</summary>
    /// <param name="content">The content of the blob.</param>
    public abstract Task CorruptAsync(byte[] content);

    /// <summary>Removes everything from the storage.</summary>
    public abstract Task WipeAsync();

    public abstract ValueTask InitializeAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The content with one byte changed.</summary>
    protected static byte[] Damaged(byte[] whole, byte[] part)
    {
        byte[] damaged = [.. whole];
        damaged[whole.AsSpan().IndexOf(part) + (part.Length / 2)] ^= 0x20;
        return damaged;
    }
}
