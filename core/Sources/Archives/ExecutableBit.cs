namespace BuildCache.Sources.Archives;

/// <summary>The permission to execute a file, where there is one.</summary>
internal static class ExecutableBit
{
    /// <summary>Lets everybody execute a file.</summary>
    public static void Set(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }
}
