using System.Diagnostics;

namespace BuildCache.Tests.Support;

/// <summary>A small file system of a test's own. Making one takes Linux and a superuser; elsewhere the test is skipped.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TempFolder _folder = new();

    public SmallDisk(int kibibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux mounts a file system in memory.");
        bool mounted = Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", _folder.Root);
        if (!mounted)
        {
            _folder.Dispose();
        }

        Assert.SkipUnless(mounted, "This user may not mount a file system.");
    }

    public string Root => _folder.Root;

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", _folder.Root));

    public void Dispose()
    {
        Run("umount", "-l", _folder.Root);
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
