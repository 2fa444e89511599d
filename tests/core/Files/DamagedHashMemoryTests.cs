using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

/// <summary>A damaged memory forgets; it never remembers wrongly and never fails.</summary>
public sealed class DamagedHashMemoryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _memoryFile;
    private readonly string[] _paths;
    private readonly byte[] _whole;

    public DamagedHashMemoryTests()
    {
        _memoryFile = _folder.PathOf("memory");
        _paths = [.. Enumerable.Range(0, 4).Select(i => _folder.File($"f{i}", $"{i}"))];
        HashMemory memory = HashMemory.Open(_memoryFile, new TrustedStamps());
        new FileHasher(memory).HashAll(_paths);
        memory.Save();
        _whole = File.ReadAllBytes(_memoryFile);
        Assert.Equal(4, KnownOf(_whole));
    }

    [Fact]
    public void With_any_one_byte_flipped_it_loses_at_most_all_and_gives_no_wrong_digest()
    {
        var random = new Random(1);
        for (int i = 0; i < _whole.Length; i++)
        {
            byte[] damaged = [.. _whole];
            damaged[i] ^= (byte)random.Next(1, 256);
            Assert.InRange(KnownOf(damaged), 0, 3);
        }
    }

    [Fact]
    public void Cut_anywhere_it_gives_no_wrong_digest()
    {
        for (int length = 0; length < _whole.Length; length++)
        {
            Assert.InRange(KnownOf(_whole[..length]), 0, 3);
        }
    }

    [Fact]
    public void Filled_with_anything_it_gives_no_wrong_digest() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes => KnownOf([.. _whole.AsSpan(0, 20), .. bytes]) == 0, times: 200);

    [Fact]
    public void Swapped_records_stay_with_their_files()
    {
        byte[] swapped = [.. _whole[..36], .. _whole[132..228], .. _whole[36..132], .. _whole[228..]];

        Assert.Equal(4, KnownOf(swapped));
    }

    private int KnownOf(byte[] memory)
    {
        File.WriteAllBytes(_memoryFile, memory);
        HashMemory opened = HashMemory.Open(_memoryFile);
        int known = 0;
        foreach (string path in _paths)
        {
            if (opened.TryGet(path, FileStamp.Read(path)!.Value, out Digest digest, out byte marks))
            {
                known++;
                Assert.Equal(Digest.Of(File.ReadAllBytes(path)), digest);
                Assert.Equal(0, marks);
            }
        }

        return known;
    }

    public void Dispose() => _folder.Dispose();
}
