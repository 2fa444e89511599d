namespace BuildCache.Tests.Support;

/// <summary>A clock that stands a given time away from the true one.</summary>
public sealed class FakeClock(TimeSpan ahead = default) : TimeProvider
{
    public TimeSpan Ahead { get; set; } = ahead;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Ahead;
}
