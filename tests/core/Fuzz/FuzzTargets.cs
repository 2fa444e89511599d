namespace BuildCache.Tests.Fuzz;

/// <summary>Every decoder of what comes out of a store, a server, an archive or a checkout. A new one is a line here.</summary>
/// <remarks>Not here: what compilations keep, which <c>tests/tasks</c> has; the answers of an SSH agent, which is this user's own process; what
/// git prints.</remarks>
public static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [.. EntryTargets.All, .. KeyTargets.All, .. PackTargets.All, .. RemoteTargets.All, .. ServiceTargets.All, .. ConfigurationTargets.All, .. SourceTargets.All, .. NoteTargets.All];

    public static FuzzTarget Get(string name) => All.Single(target => target.Name == name);
}
