using BuildCache.Content;
using BuildCache.RemoteApis;

namespace BuildCache.Tests.RemoteApis;

/// <summary>Content that is different for each seed.</summary>
internal static class Sample
{
    public static byte[] Bytes(int size, int seed = 0)
    {
        byte[] bytes = new byte[size];
        new Random((seed * 1_000_003) ^ size).NextBytes(bytes);
        return bytes;
    }

    public static BlobSource From(byte[] content) => (buffer, offset) =>
    {
        int count = (int)Math.Min(buffer.Length, content.Length - offset);
        content.AsSpan((int)offset, count).CopyTo(buffer);
        return count;
    };

    /// <summary>Stores content whatever its size.</summary>
    public static async Task<Digest> StoreAsync(this RemoteStorage storage, byte[] content)
    {
        var blob = Digest.Of(content);
        await storage.Blobs.WriteAsync(blob, From(content));
        return blob;
    }

    /// <summary>Reads a blob as a stream; <see langword="null"/> when it is not there.</summary>
    public static async Task<byte[]?> LoadAsync(this RemoteStorage storage, Digest blob)
    {
        byte[] content = new byte[blob.Size];
        bool found = await storage.Blobs.ReadAsync(blob, (piece, offset) => piece.CopyTo(content.AsSpan((int)offset)));
        return found ? content : null;
    }
}
