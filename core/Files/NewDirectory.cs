namespace BuildCache.Files;

/// <summary>Makes directories with the permissions that their purpose asks for.</summary>
internal static class NewDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode Writers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Makes a directory that only its owner can enter, and the missing ones above it.</summary>
    public static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else if (!Directory.Exists(path))
        {
            // .NET gives the mode to the last one alone.
            if (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) is { } parent)
            {
                MakePrivate(parent);
            }

            Directory.CreateDirectory(path, OwnerOnly);
        }
    }

    /// <summary>Makes a directory in a folder that several users may share, and the missing ones above it: who may write in the folder may write in it too.</summary>
    /// <param name="path">Full path of the directory.</param>
    public static void MakeLikeParent(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string parent = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows() || !Directory.Exists(parent) && Path.GetDirectoryName(parent) is null)
        {
            Directory.CreateDirectory(path);
            return;
        }

        MakeLikeParent(parent);
        Directory.CreateDirectory(path);
        UnixFileMode above = File.GetUnixFileMode(parent);
        UnixFileMode made = File.GetUnixFileMode(path);
        UnixFileMode wanted = made | (above & (UnixFileMode.SetGroup | ((above & Writers) != 0 ? Others : UnixFileMode.None)));
        if (wanted != made)
        {
            try
            {
                // What the mask of this process takes away, the folder was given on purpose.
                File.SetUnixFileMode(path, wanted);
            }
            catch (UnauthorizedAccessException)
            {
                // Another user made it at the same moment, and sees to it.
            }
        }
    }
}
