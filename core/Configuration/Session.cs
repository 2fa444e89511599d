using BuildCache.Configuration.Ci;

namespace BuildCache.Configuration;

/// <summary>Names the session: one run of a pipeline, or one sitting at a prompt with all that is started from it.</summary>
/// <remarks>
/// A worker node that MSBuild keeps from one build to the next stays in the sitting that it was started in: nothing tells it of another.
/// Variables it is told with each build. Where a session is to span the nodes of a build at a prompt, name it by <c>BUILDCACHE_SESSION</c>.
/// </remarks>
public static class Session
{
    /// <summary>The environment variable that names the session by hand.</summary>
    public const string Variable = "BUILDCACHE_SESSION";

    // It cannot change while a process runs.
    private static readonly Lazy<string> s_sitting = new(Sitting.Name);

    /// <summary>The name of the session.</summary>
    public static string Name => Find().Value;

    /// <summary>Finds the session: what <c>BUILDCACHE_SESSION</c> says, else the run of the CI service, else the sitting.</summary>
    public static FoundValue Find() =>
        Environment.GetEnvironmentVariable(Variable)?.Trim() is { Length: > 0 } named ? new FoundValue(named, Variable)
            : CiService.Current?.Run
            ?? new FoundValue(s_sitting.Value, OperatingSystem.IsWindows() ? "the sign-in to Windows" : "the session of this terminal");
}
