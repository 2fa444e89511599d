using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Stores.Packs;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.Packs;

public sealed class PackCodecTests
{
    private static readonly string s_pack = Digest.Of("pack"u8).Hash;

    [Fact]
    public void Packs_come_back_as_they_were()
    {
        IReadOnlyList<PackListing> packs = Some();

        IReadOnlyList<PackListing>? read = PackCodec.TryDecode(PackCodec.Encode(packs));

        Same(packs, read);
    }

    [Fact]
    public void Twenty_thousand_blobs_take_little_more_than_their_hashes()
    {
        PackSlice[] slices = [.. Enumerable.Range(0, 20_000).Select(i => new PackSlice(s_pack, i * 800, Digest.Of(BitConverter.GetBytes(i)))).Select(slice => slice with { Blob = Sized(slice.Blob, 800) })];

        Assert.InRange(PackCodec.Encode([new PackListing(s_pack, slices)]).Length, 1, 20_000 * 36);
    }

    [Fact]
    public void What_is_cut_or_changed_never_reads_beyond_bounds()
    {
        byte[] good = PackCodec.Encode(Some());
        for (int length = 0; length < good.Length; length++)
        {
            Assert.Null(PackCodec.TryDecode(good.AsSpan(0, length)));
        }

        for (int i = 0; i < good.Length; i++)
        {
            foreach (byte flip in new byte[] { 0x01, 0x7F, 0x80, 0xFF })
            {
                byte[] bad = [.. good];
                bad[i] ^= flip;
                foreach (PackSlice slice in PackCodec.TryDecode(bad)?.SelectMany(pack => pack.Slices) ?? [])
                {
                    Assert.InRange(slice.Offset, 0, PackLimits.LargestPack);
                    Assert.InRange(slice.End, slice.Offset, PackLimits.LargestPack);
                    Assert.InRange(slice.Blob.Size, 0, PackLimits.LargestBlob);
                }
            }
        }
    }

    [Fact]
    public void A_count_that_the_bytes_do_not_bear_out_allocates_nothing()
    {
        byte[] bad = [.. "bcpacks\x01"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0x07];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(PackCodec.TryDecode(bad));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void An_entry_comes_back_as_it_was()
    {
        var entry = new EntryObject(Rig.Key("a", "b"), "record"u8.ToArray(), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), Some(), ["one", "two"]);

        EntryObject read = EntryObject.Decode(entry.Encode(), "x")!;

        Assert.Equal(entry.Key, read.Key);
        Assert.Equal("record"u8, read.Record.Span);
        Assert.Equal(entry.Written, read.Written);
        Assert.Equal(entry.Predecessors, read.Predecessors);
        Same(entry.Packs, read.Packs);
        Assert.Null(EntryObject.Decode((entry with { Written = null }).Encode(), "x")!.Written);
    }

    [Fact]
    public void A_damaged_entry_is_not_there()
    {
        byte[] good = new EntryObject(Rig.Key("a"), RandomNumberGenerator.GetBytes(50), null, Some(), []).Encode();
        for (int i = 0; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= 0x01;
            Assert.Null(EntryObject.Decode(bad, "x"));
            Assert.Null(EntryObject.Decode(good.AsMemory(0, i), "x"));
        }
    }

    [Fact]
    public void An_entry_of_a_later_format_is_named_as_such()
    {
        byte[] later = [.. "buildcache-object 2 "u8, .. System.Text.Encoding.ASCII.GetBytes(Digest.Of("buildcache-object 2\nbanana"u8).Hash), .. "\nbanana"u8];

        Fails.With(ErrorId.UnsupportedFormat, () => EntryObject.Decode(later, "x"));
    }

    private static Digest Sized(Digest blob, long size)
    {
        byte[] hash = new byte[Digest.HashLength];
        blob.CopyHashTo(hash);
        return new Digest(hash, size);
    }

    private static IReadOnlyList<PackListing> Some() =>
    [
        new(s_pack, [new(s_pack, 0, Sized(Digest.Of("a"u8), 300)), new(s_pack, 300, Sized(Digest.Of("b"u8), 0)), new(s_pack, 1_000_000, Sized(Digest.Of("c"u8), 1024 * 1024))]),
        new(Digest.Of("empty"u8).Hash, []),
    ];

    private static void Same(IReadOnlyList<PackListing> expected, IReadOnlyList<PackListing>? actual)
    {
        Assert.Equal(expected.Select(pack => pack.Pack), actual?.Select(pack => pack.Pack));
        Assert.Equal(expected.SelectMany(pack => pack.Slices), actual!.SelectMany(pack => pack.Slices));
    }
}
