namespace BuildCache.Tests.Support;

/// <summary>A directory on a file system that was mounted for a test.</summary>
internal sealed class MountedFolder : IDisposable
{
    private readonly TempFolder _beside;

    private MountedFolder(TempFolder beside) => _beside = beside;

    /// <summary>Full path of the mount point.</summary>
    public string Root => _beside.PathOf("mounted");

    /// <summary>Mounts one, or skips the test.</summary>
    /// <param name="beside">Holds what it is made of, and goes with it.</param>
    /// <param name="prepare">A line of the shell that comes first.</param>
    /// <param name="arguments">The arguments of <c>mount</c> but for the directory.</param>
    public static MountedFolder Try(TempFolder beside, string prepare, params string[] arguments)
    {
        string root = beside.Folder("mounted");
        string? problem = Tool.Run("sh", ["-c", prepare]) is not { ExitCode: 0 } ? $"'{prepare}' does not work here."
            : Tool.Run("mount", [.. arguments, root]) is not { ExitCode: 0 } ? "This user may not mount a file system." : null;
        if (problem is not null)
        {
            beside.Dispose();
        }

        Assert.SkipWhen(problem is not null, problem ?? "");
        return new MountedFolder(beside);
    }

    public void Dispose()
    {
        Tool.Run("umount", ["-l", Root]);
        _beside.Dispose();
    }
}
