using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>Identifies named pipes.</summary>
public static class PipeResource
{
    private const string WindowsFolder = @"\\.\pipe\";

    /// <summary>Whether a text is the path of a FIFO; else it is the name of a pipe.</summary>
    public static bool IsPath(string pipe) =>
        !OperatingSystem.IsWindows() && !pipe.StartsWith(WindowsFolder, StringComparison.OrdinalIgnoreCase) && pipe.Contains('/', StringComparison.Ordinal);

    /// <summary>Gives the id of a pipe.</summary>
    /// <param name="pipe">The name of a pipe, with or without <c>\\.\pipe\</c> before it, for which .NET has a socket where there is no Windows; or the full
    /// path of a FIFO.</param>
    /// <param name="name">A stable name that the caller vouches for, in place of the pipe's own.</param>
    /// <param name="servedBy">What serves it. With a name, both count.</param>
    /// <returns>As for a socket. Windows tells nothing that would tell a pipe from the next one of its name on the same machine.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.ResourceNotFound"/>: there is no pipe.</exception>
    public static ResourceId Identify(string pipe, string? name = null, Digest? servedBy = null)
    {
        if (IsPath(pipe))
        {
            (string place, FileNode fifo) = FileResource.Find(pipe, "named pipe", Statx.Fifo, Statx.Socket);
            return FileResource.Identify(ResourceKind.NamedPipe, place, fifo.Identity, name, servedBy);
        }

        string own = pipe.StartsWith(WindowsFolder, StringComparison.OrdinalIgnoreCase) ? pipe[WindowsFolder.Length..] : pipe;
        return FileResource.Identify(ResourceKind.NamedPipe, own, OperatingSystem.IsWindows() ? FindOnWindows(own) : FindSocket(own), name, servedBy);
    }

    // Where .NET's own pipes are, on Unix.
    private static string FindSocket(string pipe) =>
        FileResource.Find(Path.Combine(Path.GetTempPath(), "CoreFxPipe_" + pipe), "named pipe", Statx.Socket).Node.Identity;

    // Listing them opens none of them: to ask for one by its name would take the place of a client.
    private static string FindOnWindows(string pipe)
    {
        bool isThere = pipe.Length > 0 && Directory.EnumerateFiles(WindowsFolder).Any(path => path[WindowsFolder.Length..].Equals(pipe, StringComparison.OrdinalIgnoreCase));
        return isThere ? "" : throw new BuildCacheException(ErrorId.ResourceNotFound, $"There is no named pipe '{pipe}'. Start what serves it, or check the name.");
    }
}
