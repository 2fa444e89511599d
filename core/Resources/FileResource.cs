using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>What sockets and pipes share: they are at a place, and something serves them.</summary>
internal static class FileResource
{
    /// <summary>Looks for the file that the resource is.</summary>
    /// <returns>Its full path, without detours, and the file.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.ResourceNotFound"/>: there is none, or it is of another kind.</exception>
    public static (string Path, FileNode Node) Find(string path, string what, params ReadOnlySpan<int> types)
    {
        string full = path;
        FileNode? found = null;
        try
        {
            if (path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal))
            {
                full = Path.GetFullPath(path);
                found = FileNode.At(full);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.ResourceNotFound, $"The {what} '{full}' cannot be looked at ({error.Message}). Check the path and who may see it.", error);
        }

        return found is not { } node ? throw new BuildCacheException(ErrorId.ResourceNotFound, $"There is no {what} '{full}'. Start what serves it, or check the path.")
            : node.Type != 0 && !types.Contains(node.Type) ? throw new BuildCacheException(ErrorId.ResourceNotFound, $"'{full}' is no {what}. Check the path; a file is an input by its content.")
            : (full, node);
    }

    /// <summary>Gives the id of what is at a place.</summary>
    public static ResourceId Identify(ResourceKind kind, string place, string node, string? name, Digest? servedBy) =>
        !string.IsNullOrEmpty(name) ? new ResourceId(kind, name, ResourceIdentity.ByName(kind, name, servedBy))
            : new ResourceId(kind, place, servedBy is { } server
                ? ResourceIdentity.ByServer(kind, place, server)
                : ResourceIdentity.ByItself(kind, place, Environment.MachineName, node));
}
