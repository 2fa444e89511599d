using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Trust;

/// <summary>Says who owns a file or directory: the number of a user, on Windows a security identifier.</summary>
internal static class FileOwner
{
    private static readonly Lazy<string> s_user = new(() => OperatingSystem.IsWindows() ? UserOfWindows() : Text(UnixCalls.User));

    /// <summary>Who this process is.</summary>
    public static string OfProcess => s_user.Value;

    /// <summary>The owner, or <see langword="null"/> where it is not there or the system does not say.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="followsLink">Whether of a link its target is asked for, and not the link itself.</param>
    public static string? Of(string path, bool followsLink) =>
        OperatingSystem.IsLinux() ? Statx.TryRead(path, followsLink) is { } status ? Text(status.Owner) : null
        : OperatingSystem.IsMacOS() ? OfMac(path, followsLink)
        : OperatingSystem.IsWindows() ? OfWindows(path)
        : null;

    /// <summary>Whether an owner is the administrator of the machine, who can do everything in any case.</summary>
    public static bool IsAdministrator(string owner) => OperatingSystem.IsWindows()
        // The group of administrators, the system, and the installer of Windows.
        ? owner is "S-1-5-32-544" or "S-1-5-18" or "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
        : owner == "0";

    private static string Text(uint user) => user.ToString(CultureInfo.InvariantCulture);

    [SupportedOSPlatform("windows")]
    private static string UserOfWindows()
    {
        using var user = WindowsIdentity.GetCurrent();
        return user.User?.Value ?? "";
    }

    [SupportedOSPlatform("windows")]
    private static string? OfWindows(string path)
    {
        try
        {
            return new FileInfo(path).GetAccessControl(System.Security.AccessControl.AccessControlSections.Owner).GetOwner(typeof(SecurityIdentifier))?.Value;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }

    // The structure that both processors share: a device, a mode, a number of links, a 64-bit inode, the owner.
    private static unsafe string? OfMac(string path, bool followsLink)
    {
        const int Size = 256, OwnerOffset = 16;
        byte* status = stackalloc byte[Size];
        bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        int result = (isArm, followsLink) switch
        {
            (true, true) => stat(path, status),
            (true, false) => lstat(path, status),
            (false, true) => StatOnIntel(path, status),
            (false, false) => LinkStatOnIntel(path, status),
        };
        return result == 0 ? Text(*(uint*)(status + OwnerOffset)) : null;
    }

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte* status);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int lstat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte* status);

    [DllImport("libc", EntryPoint = "stat$INODE64", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int StatOnIntel([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte* status);

    [DllImport("libc", EntryPoint = "lstat$INODE64", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int LinkStatOnIntel([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte* status);
}
