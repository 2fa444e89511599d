using BuildCache.Content;

namespace BuildCache.Tests.Support;

/// <summary>All that a directory holds, as sorted lines that can be compared: kind, path, executable bit, content or link target.</summary>
public static class FolderPicture
{
    public static IReadOnlyList<string> Of(string root)
    {
        List<string> lines = [];
        var options = new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = false };
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (pending.TryPop(out DirectoryInfo? folder))
        {
            foreach (FileSystemInfo item in folder.EnumerateFileSystemInfos("*", options))
            {
                string path = Path.GetRelativePath(root, item.FullName);
                if (item.LinkTarget is { } target)
                {
                    lines.Add($"link {path} -> {target}");
                }
                else if (item is DirectoryInfo child)
                {
                    lines.Add($"directory {path}");
                    pending.Push(child);
                }
                else
                {
                    bool executable = !OperatingSystem.IsWindows() && (item.UnixFileMode & UnixFileMode.UserExecute) != 0;
                    lines.Add($"file {path} {(executable ? "x" : "-")} {Digest.Of(File.ReadAllBytes(item.FullName))}");
                }
            }
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }
}
