namespace BuildCache.Sources;

/// <summary>Which of the places that a source can come from are asked.</summary>
public enum PlacePolicy
{
    /// <summary>The mirrors and the origin.</summary>
    All,

    /// <summary>The origin alone.</summary>
    Origin,

    /// <summary>The mirrors alone; a source that none has is an error.</summary>
    Mirrors,

    /// <summary>The mirrors of the user's own settings alone.</summary>
    User,
}
