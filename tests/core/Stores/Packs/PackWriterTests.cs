using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Stores.Packs;

namespace BuildCache.Tests.Stores.Packs;

public sealed class PackWriterTests
{
    [Fact]
    public void A_pack_has_its_blobs_back_to_back_each_once_and_is_named_by_its_content()
    {
        using var writer = new PackWriter();
        foreach (string text in new[] { "one", "two", "one", "" })
        {
            byte[] content = System.Text.Encoding.ASCII.GetBytes(text);
            Assert.True(writer.TryAdd(Digest.Of(content), content));
        }

        using Pack pack = writer.Take();

        Assert.Equal("onetwo"u8, pack.Content.Span);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("onetwo"u8)), pack.Listing.Pack);
        Assert.Equal([(0L, 3L), (3L, 3L), (6L, 0L)], pack.Listing.Slices.Select(slice => (slice.Offset, slice.Blob.Size)));
        Assert.True(writer.IsEmpty);
    }

    [Fact]
    public void A_full_pack_takes_no_more_and_the_next_one_begins_anew()
    {
        using var writer = new PackWriter();
        var blobs = new Dictionary<Digest, byte[]>();
        List<Pack> packs = [];
        for (int i = 0; i < 40; i++)
        {
            byte[] content = RandomNumberGenerator.GetBytes(1024 * 1024 - i);
            blobs.Add(Digest.Of(content), content);
            if (!writer.TryAdd(Digest.Of(content), content))
            {
                packs.Add(writer.Take());
                Assert.True(writer.TryAdd(Digest.Of(content), content));
            }
        }

        packs.Add(writer.Take());

        Assert.Equal(3, packs.Count);
        foreach (Pack pack in packs)
        {
            Assert.InRange(pack.Content.Length, 1, PackLimits.LargestPack);
            foreach (PackSlice slice in pack.Listing.Slices)
            {
                Assert.True(blobs.Remove(slice.Blob, out byte[]? content));
                Assert.Equal(content, pack.Content.Slice((int)slice.Offset, (int)slice.Blob.Size).ToArray());
            }

            pack.Dispose();
        }

        Assert.Empty(blobs);
    }
}
