namespace BuildCache.Stores.GitHubActions;

/// <summary>Something that may go well when it is tried again. It never leaves <see cref="Attempts"/>.</summary>
/// <param name="what">What happened, as in "it answered 503".</param>
internal sealed class TransientFault(string what) : Exception(what);
