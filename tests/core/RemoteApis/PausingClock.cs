using System.Collections.Concurrent;

namespace BuildCache.Tests.RemoteApis;

/// <summary>A clock whose pauses are over at once, and noted. Timers of one given length, which is that of a time-out, never fire.</summary>
internal sealed class PausingClock(TimeSpan timeOut) : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == timeOut || dueTime == Timeout.InfiniteTimeSpan)
        {
            return TimeProvider.System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Pauses.Enqueue(dueTime);
        return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
