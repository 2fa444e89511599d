using BuildCache.Content;
using BuildCache.Pruning;

namespace BuildCache.Tests.Pruning;

/// <summary>A filter may take one digest for another, but never forgets one.</summary>
public sealed class DigestFilterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public void What_was_added_is_found_and_little_else(int expected)
    {
        const int Count = 100_000;
        var filter = new DigestFilter(expected);
        for (int i = 0; i < Count; i++)
        {
            filter.Add(DigestOf(i));
        }

        Assert.All(Enumerable.Range(0, Count), i => Assert.True(filter.MayContain(DigestOf(i))));
        int mistaken = Enumerable.Range(Count, Count).Count(i => filter.MayContain(DigestOf(i)));
        Assert.True(mistaken < (expected == 0 ? Count / 2 : Count / 10_000), $"{mistaken} of {Count}.");
    }

    [Fact]
    public void Each_takes_others_for_its_own()
    {
        // So what one run leaves, the next one removes.
        int[] mistaken = [.. Enumerable.Range(0, 2).SelectMany(_ =>
        {
            var filter = new DigestFilter(0);
            for (int i = 0; i < 60_000; i++)
            {
                filter.Add(DigestOf(i));
            }

            return Enumerable.Range(100_000, 100_000).Where(i => filter.MayContain(DigestOf(i)));
        })];
        Assert.InRange(mistaken.Length, 100, 100_000);
        Assert.True(mistaken.Distinct().Count() > mistaken.Length * 0.8);
    }

    [Fact]
    public void A_blob_of_another_size_is_another_blob()
    {
        var filter = new DigestFilter(1);
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        DigestOf(1).CopyHashTo(hash);
        filter.Add(new Digest(hash, 10));

        Assert.True(filter.MayContain(new Digest(hash, 10)));
        Assert.False(filter.MayContain(new Digest(hash, 11)));
    }

    private static Digest DigestOf(int i) => Digest.Of(BitConverter.GetBytes(i));
}
