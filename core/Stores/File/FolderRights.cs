using System.Runtime.InteropServices;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Stores.File;

/// <summary>Who may decide what is in a folder. Rights to write are rights to say what others build from.</summary>
internal static class FolderRights
{
    private const UnixFileMode GroupRights = UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Looks whether a store is in the hands of others than its user chose.</summary>
    /// <returns>What to tell; <see langword="null"/> where nothing is wrong, or the system does not say.</returns>
    /// <remarks>A folder that its owner shares with a group of this user is shared on purpose.</remarks>
    public static StoreNotice? Look(string root)
    {
        if (!OperatingSystem.IsLinux() || Statx.TryRead(root) is not { } folder)
        {
            return null;
        }

        var mode = (UnixFileMode)(folder.Mode & 0xFFF);
        uint user = UnixCalls.User;
        if (mode.HasFlag(UnixFileMode.OtherWrite) && !mode.HasFlag(UnixFileMode.StickyBit))
        {
            return new StoreNotice(ErrorId.StoreNotTrusted,
                $"Everybody on this machine may write to the store in '{root}', and so decide what is built from it. Give the folder to a group and take the right from the others ('chmod 2775'); where all of them are trusted, set the sticky bit ('chmod +t').");
        }

        return folder.Owner == user || folder.Owner == 0 || ((mode & GroupRights) != 0 && Groups().Contains(folder.Group)) ? null
            : new StoreNotice(ErrorId.StoreNotTrusted,
                $"The store in '{root}' belongs to the user with the number {folder.Owner}, who decides what is built from it, and this is the user {user}. Name a store of your own, or have the folder shared with a group that you are in.");
    }

    private static HashSet<uint> Groups()
    {
        uint[] groups = new uint[Math.Max(0, getgroups(0, null))];
        int count = getgroups(groups.Length, groups);
        return [getegid(), .. groups.AsSpan(0, Math.Max(0, count))];
    }

    [DllImport("libc", EntryPoint = "getegid", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint getegid();

    [DllImport("libc", EntryPoint = "getgroups", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getgroups(int size, [Out] uint[]? groups);
}
