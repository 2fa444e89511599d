namespace BuildCache.Files;

/// <summary>Makes symbolic links out of what is stored of them.</summary>
internal static class SymbolicLink
{
    /// <summary>Makes a link. What it points to has to be there already where links to directories are another thing than links to files.</summary>
    /// <param name="path">Full path of the link.</param>
    /// <param name="target">Its target, as the link is to have it.</param>
    public static void Make(string path, string target)
    {
        if (OperatingSystem.IsWindows() && Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)))
        {
            Directory.CreateSymbolicLink(path, target);
        }
        else
        {
            File.CreateSymbolicLink(path, target);
        }
    }
}
