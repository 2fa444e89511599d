using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

public sealed class EntryHeaderTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("header");
    private readonly Rig _rig = new();

    [Fact]
    public void What_was_written_is_read()
    {
        byte[] record = EntryHeader.Write("magic", 3, "body\n\0"u8);

        Assert.Equal(EntryState.Readable, EntryHeader.Read(record, "magic", 3, "x", out ReadOnlyMemory<byte> body));
        Assert.Equal("body\n\0"u8.ToArray(), body.ToArray());
        Assert.Equal(EntryState.Damaged, EntryHeader.Read(record, "other", 3, "x", out _));
        Assert.Equal(EntryState.Older, EntryHeader.Read(record, "magic", 4, "x", out _));
        Fails.With(ErrorId.UnsupportedFormat, () => EntryHeader.Read(record, "magic", 2, "x", out _));
    }

    [Fact]
    public void Each_changed_byte_is_damage_and_no_other_version()
    {
        byte[] record = EntryHeader.Write("magic", 3, "body"u8);
        for (int at = 0; at < record.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. record];
                damaged[at] ^= (byte)(1 << bit);
                Assert.Equal(EntryState.Damaged, EntryHeader.Read(damaged, "magic", 3, "x", out _));
            }
        }
    }

    [Fact]
    public void Words_that_a_later_version_adds_are_ignored()
    {
        byte[] record = Encoding.ASCII.GetBytes($"magic 3 {Digest.Of("magic 3 signature=abc\nbody"u8).Hash} signature=abc\nbody");

        Assert.Equal(EntryState.Readable, EntryHeader.Read(record, "magic", 3, "x", out ReadOnlyMemory<byte> body));
        Assert.Equal("body", Encoding.ASCII.GetString(body.Span));
    }

    [Fact]
    public async Task An_entry_of_an_older_format_is_a_miss_and_stays()
    {
        await _rig.SaveAsync(s_key, "content");
        byte[] older = EntryHeader.Write("buildcache-entry", 0, "whatever that was"u8);
        Rig.Overwrite(_rig.EntryPath(s_key), older);

        Assert.Equal(LookupMatch.None, (await _rig.Catalog.FindAsync(s_key, [s_key])).Match);
        Assert.Empty(await _rig.Catalog.ListAsync().ToListAsync());
        Assert.Equal(older, await File.ReadAllBytesAsync(_rig.EntryPath(s_key)));

        // What is saved now takes its place.
        await _rig.SaveAsync(s_key, "new");
        Assert.Equal("new", await _rig.LoadAsync(s_key));
    }

    public void Dispose() => _rig.Dispose();
}
