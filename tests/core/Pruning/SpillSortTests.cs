using BuildCache.Pruning;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Pruning;

/// <summary>Sorting more than memory holds.</summary>
public sealed class SpillSortTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(0, 8, 1000)]
    [InlineData(1, 8, 1)]
    [InlineData(100, 8, 800)]
    [InlineData(101, 8, 800)]
    [InlineData(5000, 17, 170)]
    // So many runs that they are merged in two steps.
    [InlineData(2000, 33, 33)]
    [InlineData(70_000, 24, 24 * 500)]
    public void Records_come_back_in_order_each_as_often_as_it_was_added(int count, int length, int memory)
    {
        List<byte[]> records = Random(count, length);
        using var sort = new SpillSort(length, memory, _folder.Root);
        records.ForEach(record => sort.Add(record));

        Assert.Equal(count, sort.Count);
        records.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        for (int reading = 0; reading < 2; reading++)
        {
            SortedRecords sorted = sort.Read();
            foreach (byte[] record in records)
            {
                Assert.True(sorted.MoveNext());
                Assert.True(record.AsSpan().SequenceEqual(sorted.Current));
            }

            Assert.False(sorted.MoveNext());
            Assert.False(sorted.IsThere);
        }
    }

    [Fact]
    public void Nothing_is_written_where_memory_suffices()
    {
        using var sort = new SpillSort(8, folder: _folder.PathOf("missing"));
        Random(1000, 8).ForEach(record => sort.Add(record));

        Assert.True(sort.Read().MoveNext());
        Assert.False(Directory.Exists(_folder.PathOf("missing")));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_and_left_as_it_was()
    {
        using var sort = new SpillSort(1000, 1000, _folder.PathOf("missing"));
        Fails.With(ErrorId.StoreUnavailable, () => Random(1000, 1000).ForEach(record => sort.Add(record)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_full_disk_is_told()
    {
        using var disk = new SmallDisk(1024);
        using var sort = new SpillSort(1000, 100_000, disk.Root);
        Fails.With(ErrorId.StoreUnavailable, () => Random(10_000, 1000).ForEach(record => sort.Add(record)));
    }

    [Fact]
    public void No_file_is_left_by_one_that_was_stopped()
    {
        using (var sort = new SpillSort(1000, 10_000, _folder.Root))
        {
            Random(1000, 1000).ForEach(record => sort.Add(record));
            using var stop = new CancellationTokenSource();
            stop.Cancel();
            Assert.Throws<OperationCanceledException>(() => sort.Read(stop.Token));
            if (!OperatingSystem.IsWindows())
            {
                // Not even while it is used: a process that is killed cannot tidy up.
                Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
            }
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    // From few values, so that many records are equal at first, or altogether.
    private static List<byte[]> Random(int count, int length)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(i => (byte)(i < 6 ? 0 : random.Next(3) * 127)).ToArray())];
    }

    public void Dispose() => _folder.Dispose();
}
