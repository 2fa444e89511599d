using BuildCache.Files;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The compiler's own list of the files that it read and wrote, which it makes when it is done.</summary>
/// <remarks>It answers what nothing else does: which files in a folder of generated sources the compiler wrote, whether it read a file that the
/// key does not have, and by the time at which the list was written, which is the file system's and not this process's, whether another
/// process wrote an output after the compiler had.</remarks>
internal sealed class TouchedFiles : IDisposable
{
    private const string Prefix = ".buildcache-touched-";
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromDays(1);

    private readonly string _path;
    private HashSet<string> _read = [];
    private HashSet<string> _written = [];

    private TouchedFiles(string folder) => _path = Path.Combine(folder, Prefix + Guid.NewGuid().ToString("N"));

    /// <summary>When the compiler was done with everything, in UTC ticks of the file system.</summary>
    public long EndTicks { get; private set; }

    /// <summary>Full path of the list, without the endings that the compiler adds.</summary>
    public string ListPath => _path;

    /// <summary>Prepares a list beside the outputs, on their file system.</summary>
    /// <param name="folder">Full path of the folder.</param>
    public static TouchedFiles In(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(folder, Prefix + "*").Where(file => File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - s_abandonedAfter))
        {
            File.Delete(file);
        }

        return new TouchedFiles(folder);
    }

    /// <summary>Reads the list.</summary>
    /// <returns><see langword="false"/> when the compiler has not written it.</returns>
    public bool TryRead()
    {
        try
        {
            if (FileStamp.Read(_path + ".write") is not { } stamp)
            {
                return false;
            }

            EndTicks = stamp.ModifiedTicks;
            _read = [.. File.ReadLines(_path + ".read")];
            _written = [.. File.ReadLines(_path + ".write")];
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the compiler wrote a file.</summary>
    public bool HasWritten(string path) => _written.Contains(Listed(path));

    /// <summary>The files, among some, that the compiler read and that are not among the known ones.</summary>
    /// <param name="known">Full paths of the files that the key has.</param>
    /// <returns>Their paths as the compiler lists them: in upper case.</returns>
    public IEnumerable<string> ReadBesides(IEnumerable<string> known)
    {
        HashSet<string> listed = [.. known.Select(Listed)];
        return _read.Where(path => !listed.Contains(path));
    }

    /// <summary>The files that the compiler wrote besides known ones, as it lists them.</summary>
    public IEnumerable<string> WrittenBesides(IEnumerable<string> known)
    {
        HashSet<string> listed = [.. known.Select(Listed)];
        return _written.Where(path => !listed.Contains(path));
    }

    /// <summary>Removes the list.</summary>
    public void Dispose()
    {
        foreach (string ending in new[] { ".read", ".write" })
        {
            try
            {
                File.Delete(_path + ending);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A later compilation in this folder removes it.
            }
        }
    }

    // The compiler lists paths in upper case.
    private static string Listed(string path) => path.ToUpperInvariant();
}
