using BuildCache.Commands;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Locks;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>Nobody waits without end for a lock that lies in a folder which others can enter.</summary>
public sealed class FlightTests : IDisposable
{
    private static readonly Digest s_key = Digest.Of("key"u8);
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(300);
    private readonly Rig _rig = new();
    private readonly CommandRequest _request = new("/", ["command"], [CacheScope.Global], new CommandInputs(), [], "test");

    private string LockFile => Path.Combine(_rig.Store.MakeFlights(), s_key.Hash);

    [Fact]
    public async Task A_lock_without_a_note_is_given_up_on()
    {
        using FileLock? held = FileLock.TryTake(LockFile, LockKind.Exclusive);

        BuildCacheException error = await Fails.WithAsync(ErrorId.LockTimeout, async () => await TakeAsync());

        Assert.Contains("does not say what it runs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_a_reader_shares_is_given_up_on()
    {
        using FileLock? held = FileLock.TryTake(LockFile, LockKind.Shared);

        await Fails.WithAsync(ErrorId.LockTimeout, async () => await TakeAsync());
    }

    [Fact]
    public async Task A_lock_with_a_note_is_waited_for()
    {
        FileLock held = FileLock.TryTake(LockFile, LockKind.Exclusive)!;
        FlightNote.Leave(LockFile);
        Task<Flight> waiting = TakeAsync();
        await Task.Delay(3 * s_wait, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        held.Dispose();
        (await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task Waiting_stops_when_it_is_cancelled()
    {
        using FileLock? held = FileLock.TryTake(LockFile, LockKind.Exclusive);
        FlightNote.Leave(LockFile);
        using var stop = new CancellationTokenSource(s_wait);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TakeAsync(stop.Token).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    private Task<Flight> TakeAsync(CancellationToken cancellationToken = default) => Flight.TakeAsync(_rig.Store, s_key, _request, cancellationToken, s_wait).AsTask();

    public void Dispose() => _rig.Dispose();
}
