namespace BuildCache.Tests.Support;

/// <summary>A directory of a test's own, removed with all it holds.</summary>
public sealed class TempFolder : IDisposable
{
    public TempFolder() => Root = Directory.CreateTempSubdirectory("buildcache-test-").FullName;

    /// <summary>Makes it below another directory than the system's for temporary files.</summary>
    public TempFolder(string below) => Root = Directory.CreateDirectory(Path.Combine(below, $"buildcache-test-{Guid.NewGuid():n}")).FullName;

    public string Root { get; }

    public string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>Makes a directory.</summary>
    public string Folder(string relative) => Directory.CreateDirectory(PathOf(relative)).FullName;

    /// <summary>Writes a file and the directories above it.</summary>
    public string File(string relative, string content = "")
    {
        string path = PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    /// <inheritdoc cref="File(string, string)"/>
    public string File(string relative, byte[] content)
    {
        string path = PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The system's temporary directory is tidied by others.
        }
    }
}
