using System.Diagnostics;

namespace BuildCache.Tests.Support;

/// <summary>A small file system of a test's own. Making one takes Linux and a superuser; elsewhere the test is skipped.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <param name="kibibytes">How much it holds.</param>
    /// <param name="at">Full path of the directory to mount it at; <see langword="null"/> for one of its own.</param>
    public SmallDisk(int kibibytes, string? at = null)
    {
        Root = at ?? _folder.Root;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux mounts a file system in memory.");
        bool mounted = Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", Root);
        if (!mounted)
        {
            _folder.Dispose();
        }

        Assert.SkipUnless(mounted, "This user may not mount a file system.");
    }

    public string Root { get; }

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Root));

    public void Dispose()
    {
        Run("umount", "-l", Root);
        _folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
