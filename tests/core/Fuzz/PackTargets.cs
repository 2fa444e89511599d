using BuildCache.Content;
using BuildCache.Stores;
using BuildCache.Stores.Packs;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Fuzz;

/// <summary>Indexes of packs, and entries that say where their blobs lie.</summary>
internal static class PackTargets
{
    private const string Magic = "buildcache-object";

    private static readonly PackListing s_pack = new(Digest.Of("pack"u8).Hash,
        [new PackSlice(Digest.Of("pack"u8).Hash, 0, Digest.Of("a"u8)), new PackSlice(Digest.Of("pack"u8).Hash, 1, Digest.Of("bb"u8)), new PackSlice(Digest.Of("pack"u8).Hash, 70_000, Digest.Of("ccc"u8))]);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("pack index", [PackCodec.Encode([s_pack]), PackCodec.Encode([])], bytes => Learn(PackCodec.TryDecode(bytes) ?? [])) { Large = [OnePackEach, OneBlobEverywhere] },
        new FuzzTarget("entry object", [BodyOf(new EntryObject(Rig.Key("a", "b"), "record"u8.ToArray(), DateTimeOffset.UnixEpoch, [s_pack], ["one", "two"]).Encode())],
            bytes => Learn(EntryObject.Decode(EntryHeader.Write(Magic, 1, bytes), "name")?.Packs ?? [])),
    ];

    private static void Learn(IReadOnlyList<PackListing> packs)
    {
        var locations = new BlobLocations();
        locations.Learn(packs);
        foreach (PackListing pack in packs)
        {
            Assert.InRange(pack.Length, 0, PackLimits.LargestPack);
            locations.Forget(pack.Pack);
        }

        Assert.All(PackRange.Of(packs.SelectMany(pack => pack.Slices)), range => Assert.InRange(range.Length, 0, PackLimits.LargestPack));
    }

    private static byte[] OnePackEach(int length) => PackCodec.Encode([.. Enumerable.Range(0, length / 70).Select(i => Pack(i, Digest.Of(BitConverter.GetBytes(i))))]);

    private static byte[] OneBlobEverywhere(int length) => PackCodec.Encode([.. Enumerable.Range(0, length / 70).Select(i => Pack(i, Digest.Of("one"u8)))]);

    private static PackListing Pack(int number, Digest blob)
    {
        string name = Digest.Of(BitConverter.GetBytes(-1 - number)).Hash;
        return new PackListing(name, [new PackSlice(name, 0, blob)]);
    }

    private static byte[] BodyOf(byte[] record) => record[(Array.IndexOf(record, (byte)'\n') + 1)..];
}
