namespace BuildCache.Locks;

/// <summary>Who else may hold a lock at the same time.</summary>
public enum LockKind
{
    /// <summary>Others that share it.</summary>
    Shared,

    /// <summary>Nobody.</summary>
    Exclusive,
}
