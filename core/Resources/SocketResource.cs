using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>Identifies Unix-domain sockets.</summary>
public static class SocketResource
{
    /// <summary>Gives the id of a socket.</summary>
    /// <param name="path">Full path of the socket, which must be there: who has no such resource may not use results that depended on it.</param>
    /// <param name="name">A stable name that the caller vouches for. It takes the place of the path: all sockets of this name are one.</param>
    /// <param name="servedBy">What serves it. With a name, both count.</param>
    /// <returns>
    /// An id of name and server, as far as they are given. With a server alone, one of the path and the server. With neither, one of this very
    /// socket: of its path, this machine, and the file, which is another one when the server makes it anew.
    /// </returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.ResourceNotFound"/>: there is no socket.</exception>
    public static ResourceId Identify(string path, string? name = null, Digest? servedBy = null)
    {
        (string place, FileNode node) = FileResource.Find(path, "socket", Statx.Socket);
        return FileResource.Identify(ResourceKind.Socket, place, node.Identity, name, servedBy);
    }
}
