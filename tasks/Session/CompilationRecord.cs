namespace BuildCache.MSBuild.Session;

/// <summary>What became of a compilation.</summary>
internal enum CompilationOutcome
{
    /// <summary>Nothing yet.</summary>
    Unknown,

    /// <summary>It came from the cache.</summary>
    Hit,

    /// <summary>The compiler ran because the cache did not have it.</summary>
    Missed,

    /// <summary>The compiler ran because this compilation cannot be cached, or the cache cannot be used.</summary>
    Bypassed,

    /// <summary>The compiler ran and reported errors; such a result is never kept.</summary>
    Failed,

    /// <summary>The compiler ran and its result was compared with what the cache has.</summary>
    Audited,

    /// <summary>Nothing was compiled: the record tells of a problem with the cache.</summary>
    Problem,
}

/// <summary>One line of the report of a build.</summary>
/// <param name="Project">The project file.</param>
/// <param name="Target">The assembly, relative to the workspace root.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Took">How long the compiler ran; of a hit, how long the task took.</param>
/// <param name="Saved">How much longer the compiler had run than the restore took.</param>
/// <param name="Bytes">Bytes restored or saved.</param>
/// <param name="Reason">Why the compiler ran.</param>
/// <param name="OnlyCommitDiffers">It missed only because the commit is another.</param>
/// <param name="OnlyPathDiffers">It missed only because the folder is another.</param>
/// <param name="IsBoundToPath">Its outputs depend on the path of the workspace, so they serve this folder only.</param>
/// <param name="Hint">What to know about a miss at the end of the build, for a person: why, and what would help.</param>
/// <param name="NotSaved">Why what the compiler made was not kept, or <see langword="null"/>.</param>
internal sealed record CompilationRecord(
    string Project, string Target, CompilationOutcome Outcome, TimeSpan Took = default, TimeSpan Saved = default, long Bytes = 0,
    string? Reason = null, bool OnlyCommitDiffers = false, bool OnlyPathDiffers = false, bool IsBoundToPath = false, string? Hint = null, string? NotSaved = null);
