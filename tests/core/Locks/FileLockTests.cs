using BuildCache.Locks;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Locks;

public sealed class FileLockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string File => Path.Combine(_folder.Root, "lock");

    [Fact]
    public void One_holds_it_alone()
    {
        using FileLock? first = FileLock.TryTake(File, LockKind.Exclusive);

        Assert.NotNull(first);
        Assert.Null(FileLock.TryTake(File, LockKind.Exclusive));
        Assert.Null(FileLock.TryTake(File, LockKind.Shared));
    }

    [Fact]
    public void Several_share_it_and_keep_out_who_wants_it_alone()
    {
        FileLock? first = FileLock.TryTake(File, LockKind.Shared);
        FileLock? second = FileLock.TryTake(File, LockKind.Shared);

        Assert.NotNull(second);
        Assert.Null(FileLock.TryTake(File, LockKind.Exclusive));
        first!.Dispose();
        Assert.Null(FileLock.TryTake(File, LockKind.Exclusive));
        second.Dispose();
        using FileLock? alone = FileLock.TryTake(File, LockKind.Exclusive);
        Assert.NotNull(alone);
    }

    [Fact]
    public async Task Who_waits_gets_it_when_it_is_free()
    {
        FileLock first = FileLock.TryTake(File, LockKind.Exclusive)!;
        Task<FileLock?> waiting = FileLock.TakeAsync(File, LockKind.Exclusive, cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        first.Dispose();

        using FileLock? second = await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.NotNull(second);
    }

    [Fact]
    public async Task Who_waits_on_a_file_that_is_deleted_gets_the_next_one_and_not_a_ghost()
    {
        FileLock first = FileLock.TryTake(File, LockKind.Exclusive)!;
        Task<FileLock?> waiting = FileLock.TakeAsync(File, LockKind.Exclusive, cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await Task.Delay(20, TestContext.Current.CancellationToken);

        first.DisposeAndDelete();

        using FileLock? second = await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.NotNull(second);
        Assert.True(System.IO.File.Exists(File));
        Assert.Null(FileLock.TryTake(File, LockKind.Exclusive));
    }

    [Fact]
    public async Task Waiting_ends_when_the_time_is_over_or_when_it_is_cancelled()
    {
        using FileLock first = FileLock.TryTake(File, LockKind.Exclusive)!;
        using var cancel = new CancellationTokenSource(50);

        Assert.Null(await FileLock.TakeAsync(File, LockKind.Shared, TimeSpan.FromMilliseconds(50), cancellationToken: TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FileLock.TakeAsync(File, LockKind.Shared, cancellationToken: cancel.Token).AsTask());
    }

    [Fact]
    public void Many_that_take_and_delete_it_are_never_two()
    {
        (int inside, int most, int turns) = (0, 0, 0);
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 200; i++)
            {
                if (FileLock.TryTake(File, LockKind.Exclusive) is { } taken)
                {
                    int now = Interlocked.Increment(ref inside);
                    most = Math.Max(most, now);
                    turns++;
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                    taken.DisposeAndDelete();
                }
            }
        });

        Assert.Equal(1, most);
        Assert.True(turns > 0);
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_named()
    {
        BuildCacheException error = Fails.With(ErrorId.LockFailed, () => FileLock.TryTake(_folder.Folder("a folder"), LockKind.Shared));
        Assert.Contains("a folder", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
