namespace BuildCache;

/// <summary>An error that BuildCache found itself: bad input, or a store that cannot do what was asked.</summary>
/// <remarks>
/// The message says what happened, to what, and what to do. <see cref="Id"/> is the part a script tests:
/// cmdlets report its name as the error id, MSBuild tasks its code.
/// </remarks>
public sealed class BuildCacheException : Exception
{
    /// <summary>Creates the error.</summary>
    public BuildCacheException(ErrorId id, string message, Exception? innerException = null)
        : base(Content.PrintableText.Line(message), innerException) => Id = id;

    /// <summary>What kind of error it is.</summary>
    public ErrorId Id { get; }

    /// <summary>The blob it is about, when it is about one and that matters to whoever catches it.</summary>
    public Content.Digest? Blob { get; init; }

    /// <summary>Whether a store failed to answer, whatever the reason: nothing may be concluded about what it holds, and work goes on without it.</summary>
    public bool IsStoreFailure =>
        Id == ErrorId.StoreUnavailable || Id == ErrorId.StoreNotFound || Id == ErrorId.StoreAccessDenied
        || Id == ErrorId.StoreUnsuitable || Id == ErrorId.StoreNotTrusted || Id == ErrorId.StoreClockSkew;
}
