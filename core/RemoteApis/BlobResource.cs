using BuildCache.Content;

namespace BuildCache.RemoteApis;

/// <summary>The names of blobs in the Byte Stream API.</summary>
internal static class BlobResource
{
    public static string ToRead(string instance, Digest blob) => Prefix(instance) + "blobs/" + blob;

    /// <summary>A name for one upload, which can be gone on with under the same name.</summary>
    public static string ToWrite(string instance, Digest blob) => $"{Prefix(instance)}uploads/{Guid.NewGuid()}/blobs/{blob}";

    private static string Prefix(string instance) => instance.Length > 0 ? instance + "/" : "";
}
