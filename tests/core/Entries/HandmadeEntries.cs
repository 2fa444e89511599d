using System.Text;
using BuildCache.Content.Wire;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;
using WireDigest = BuildCache.Content.Wire.Digest;
using WireDirectory = BuildCache.Content.Wire.Directory;

namespace BuildCache.Tests.Entries;

/// <summary>Entries that no save makes, put into a store as somebody who may write to it can.</summary>
public abstract class HandmadeEntries : IDisposable
{
    private protected Rig Rig { get; } = new();

    private protected async Task PutRecordAsync(CacheKey key, string record) =>
        Assert.True(await Rig.Store.Entries.PutAsync(key, new EntryRecord(Encoding.UTF8.GetBytes(record), EntryContent.None), replace: true));

    private protected async Task<Digest> BlobAsync(byte[] content)
    {
        var blob = Digest.Of(content);
        await Rig.Store.Blobs.WriteAsync(blob, content);
        return blob;
    }

    private protected Task<Digest> TreeAsync(WireDirectory directory) => BlobAsync(directory.ToByteArray());

    private protected static FileNode File(string name, Digest digest) => new() { Name = name, Digest = ToWire(digest) };

    private protected static WireDigest ToWire(Digest digest) => new() { Hash = digest.Hash, SizeBytes = digest.Size };

    public void Dispose()
    {
        Rig.Dispose();
        GC.SuppressFinalize(this);
    }
}
