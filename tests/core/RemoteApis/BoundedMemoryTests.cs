using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Tests.RemoteApis;

/// <summary>Counts what the process allocates, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(BoundedMemoryTests), DisableParallelization = true)]
[Collection(nameof(BoundedMemoryTests))]
public sealed class BoundedMemoryTests(Casd casd) : IClassFixture<Casd>
{
    private const int Size = 128 * 1024 * 1024;

    private static readonly byte[] s_block = Sample.Bytes(1024 * 1024);

    [Fact]
    public async Task A_large_blob_passes_through_buffers()
    {
        using var folder = new TempFolder();
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest blob = Measure();

        long before = GC.GetTotalAllocatedBytes(precise: true);
        await storage.Blobs.WriteAsync(blob, Fill);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Size / 8);

        string path = folder.PathOf("blob");
        before = GC.GetTotalAllocatedBytes(precise: true);
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            Assert.True(await storage.Blobs.ReadAsync(blob, (content, offset) => RandomAccess.Write(file, content, offset)));
        }

        // HTTP/2 frames that wait to be read are in pooled buffers, of which some are made anew.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Size - 1);
        Assert.Equal(blob.Size, new FileInfo(path).Length);
    }

    private static Digest Measure()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[s_block.Length];
        for (long offset = 0; offset < Size; offset += buffer.Length)
        {
            hash.AppendData(buffer, 0, Fill(buffer, offset));
        }

        return new Digest(hash.GetHashAndReset(), Size);
    }

    private static int Fill(Span<byte> buffer, long offset)
    {
        int start = (int)(offset % s_block.Length);
        int count = (int)Math.Min(Math.Min(buffer.Length, s_block.Length - start), Size - offset);
        s_block.AsSpan(start, count).CopyTo(buffer);
        return count;
    }
}
