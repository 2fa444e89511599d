namespace BuildCache.Stores.GitHubActions;

/// <summary>How much is done at a time.</summary>
internal static class Bounds
{
    /// <summary>How many blocks or ranges move at a time, as in GitHub's own client.</summary>
    public const int Transfers = 8;

    /// <summary>How many questions are asked at a time.</summary>
    public const int Questions = 16;
}
