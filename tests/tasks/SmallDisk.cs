using System.Diagnostics;

namespace BuildCache.MSBuild.Tests;

/// <summary>A disk that fills up: a small file system in memory. Mounting it takes root; without, the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip(string path, int megabytes)
    {
        Directory.CreateDirectory(path);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Mount("-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path), "mounting a small disk needs Linux and root");
        return new SmallDisk(path);
    }

    public void Fill()
    {
        using FileStream file = File.Create(System.IO.Path.Combine(Path, "filler"));
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void MakeReadOnly() => Assert.True(Mount("-o", "remount,ro", Path));

    public void Dispose()
    {
        using Process unmount = Process.Start("umount", [Path]);
        unmount.WaitForExit();
    }

    private static bool Mount(params string[] arguments)
    {
        try
        {
            using Process mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
            mount.WaitForExit();
            return mount.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
