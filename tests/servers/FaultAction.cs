namespace BuildCache.TestServers;

/// <summary>What is done to one call.</summary>
internal abstract record FaultAction
{
    public sealed record Delay(TimeSpan Time) : FaultAction;

    public sealed record Cut : FaultAction;

    public sealed record LoseAnswer : FaultAction;

    public sealed record Status(int Code, TimeSpan? RetryAfter) : FaultAction;

    public sealed record CorruptRequest(BodyFault Body) : FaultAction;

    public sealed record DamageResponse(BodyFault Body) : FaultAction;
}

/// <summary>What is done to one body on its way.</summary>
internal abstract record BodyFault
{
    /// <summary>How many of the last bytes wait until the end of the body is known.</summary>
    public abstract int HeldBack { get; }

    public sealed record CutMiddle(long AfterBytes) : BodyFault
    {
        // One byte is kept back so that a body shorter than the cut is not whole either.
        public override int HeldBack => 1;
    }

    public sealed record Truncate(int MissingBytes) : BodyFault
    {
        public override int HeldBack => MissingBytes;
    }

    /// <param name="AtByte">Null: the last byte.</param>
    public sealed record Corrupt(long? AtByte) : BodyFault
    {
        public override int HeldBack => AtByte is null ? 1 : 0;
    }
}
