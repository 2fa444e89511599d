using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>An entry file damaged anywhere is a miss: never a wrong entry, never an error.</summary>
public sealed class DamagedRecordTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("damaged");
    private readonly Rig _rig = new();

    [Fact]
    public async Task With_any_one_byte_flipped_it_is_a_miss()
    {
        byte[] whole = await SaveAsync();
        var random = new Random(2);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)random.Next(1, 256);
            await IsMissAsync(damaged);
        }
    }

    [Fact]
    public async Task With_any_bit_of_its_first_line_flipped_it_is_a_miss()
    {
        byte[] whole = await SaveAsync();
        for (int i = 0; i <= Array.IndexOf(whole, (byte)'\n'); i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. whole];
                damaged[i] ^= (byte)(1 << bit);
                await IsMissAsync(damaged);
            }
        }
    }

    [Fact]
    public async Task Cut_anywhere_it_is_a_miss()
    {
        byte[] whole = await SaveAsync();
        for (int length = 0; length < whole.Length; length++)
        {
            await IsMissAsync(whole[..length]);
        }
    }

    [Fact]
    public async Task With_something_behind_it_is_a_miss() => await IsMissAsync([.. await SaveAsync(), 0]);

    [Fact]
    public async Task The_entry_of_another_key_in_its_place_is_a_miss()
    {
        await _rig.SaveAsync(Rig.Key("other"), "other");
        await SaveAsync();
        File.Copy(_rig.EntryPath(Rig.Key("other")), _rig.EntryPath(s_key), overwrite: true);

        Assert.Null(await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task A_damaged_entry_is_replaced_by_the_next_save()
    {
        byte[] whole = await SaveAsync();
        File.WriteAllBytes(_rig.EntryPath(s_key), whole[..^1]);

        await _rig.SaveAsync(s_key, "content");

        Assert.Equal("content", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task An_entry_of_a_later_format_is_an_error_and_stays()
    {
        await WriteLaterFormatAsync();

        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await _rig.Catalog.FindAsync(s_key));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await new EntryPruner(_rig.Store).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0))));

        Assert.True(File.Exists(_rig.EntryPath(s_key)));
        Assert.True(File.Exists(_rig.BlobPath("content")));
    }

    [Fact]
    public async Task A_restore_key_passes_over_an_entry_of_a_later_format()
    {
        await _rig.SaveAsync(s_key.Append("older"), "older");
        await WriteLaterFormatAsync();

        LookupResult found = await _rig.Catalog.FindAsync(Rig.Key("absent"), [s_key]);

        Assert.Equal(s_key.Append("older"), found.Entry?.Key);
    }

    private async Task WriteLaterFormatAsync()
    {
        string[] lines = Encoding.UTF8.GetString(await SaveAsync()).Split('\n', 2);
        string checksum = Digest.Of(Encoding.UTF8.GetBytes("buildcache-entry 2\n" + lines[1])).Hash;
        await File.WriteAllTextAsync(_rig.EntryPath(s_key), $"buildcache-entry 2 {checksum}\n{lines[1]}");
    }

    private async Task<byte[]> SaveAsync()
    {
        await _rig.SaveAsync(s_key, "content");
        return await File.ReadAllBytesAsync(_rig.EntryPath(s_key));
    }

    private async Task IsMissAsync(byte[] record)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_rig.EntryPath(s_key))!);
        await File.WriteAllBytesAsync(_rig.EntryPath(s_key), record);
        Assert.Null((await _rig.Catalog.FindAsync(s_key)).Entry);
        Assert.Null((await _rig.Catalog.FindAsync(Rig.Key("absent"), [s_key])).Entry);
    }

    public void Dispose() => _rig.Dispose();
}
