using System.Collections.Concurrent;
using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Stores;
using BuildCache.Stores.Packs;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.Packs;

public sealed class PackReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, byte[]> _packs = [];
    private readonly Dictionary<Digest, byte[]> _blobs = [];
    private readonly ConcurrentQueue<(string Pack, long Offset, int Length)> _fetched = [];
    private readonly ConcurrentQueue<string> _lost = [];
    private readonly ConcurrentQueue<string> _corrupt = [];
    private readonly PackReader _reader;
    private readonly List<PackSlice> _slices = [];
    private Func<int, byte> _damage = _ => 0;
    private bool _isStoredSo = true;

    public PackReaderTests() => _reader = new PackReader(
        (pack, offset, destination, _) =>
        {
            _fetched.Enqueue((pack, offset, destination.Length));
            if (!_packs.TryGetValue(pack, out byte[]? content))
            {
                return new(0);
            }

            int length = (int)Math.Clamp(content.Length - offset, 0, destination.Length);
            content.AsSpan((int)offset, length).CopyTo(destination.Span);
            if (length > 0)
            {
                destination.Span[length - 1] ^= _damage(_fetched.Count);
            }

            return new(length);
        },
        parallel: 4,
        _lost.Enqueue,
        (slice, _) =>
        {
            _corrupt.Enqueue(slice.Pack);
            return new(_isStoredSo);
        });

    [Fact]
    public async Task Many_small_files_come_in_a_few_ranges()
    {
        Pack(Enumerable.Range(0, 5000).Select(_ => RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(8000))));
        var targets = _slices.Select((slice, i) => (new BlobTarget(slice.Blob, _folder.PathOf($"{i}"), i % 2 == 0 ? BlobTarget.Executable : BlobTarget.Plain), slice)).ToList();
        targets.Add((targets[7].Item1 with { Path = _folder.PathOf("again") }, targets[7].slice));
        var progress = new Counter();

        await _reader.ReadFilesAsync(targets, progress, default);

        Assert.Equal(targets.Count, progress.Sum);
        Assert.InRange(_fetched.Count, 4, 8);
        foreach ((BlobTarget target, _) in targets)
        {
            Assert.Equal(_blobs[target.Blob], await File.ReadAllBytesAsync(target.Path));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(target.Mode == BlobTarget.Executable, File.GetUnixFileMode(target.Path).HasFlag(UnixFileMode.UserExecute));
            }
        }
    }

    [Fact]
    public async Task What_lies_far_apart_is_fetched_alone()
    {
        Pack(Enumerable.Range(0, 16).Select(_ => RandomNumberGenerator.GetBytes(500_000)));

        IReadOnlyDictionary<Digest, byte[]> read = await _reader.ReadAsync([_slices[0], _slices[1], _slices[9]], default);

        Assert.Equal([(0L, 1_000_000), (4_500_000L, 500_000)], _fetched.OrderBy(part => part.Offset).Select(part => (part.Offset, part.Length)));
        Assert.Equal(3, read.Count);
        Assert.All(read, blob => Assert.Equal(_blobs[blob.Key], blob.Value));
    }

    [Fact]
    public async Task The_empty_blob_takes_no_request()
    {
        Pack([[]]);

        Assert.Empty((await _reader.ReadAsync(_slices, default))[Digest.Empty]);

        Assert.Empty(_fetched);
    }

    [Fact]
    public async Task A_lost_pack_and_one_that_ends_early_are_missing_blobs()
    {
        Pack([[1], [2], [3]]);
        _packs[_slices[0].Pack] = _packs[_slices[0].Pack][..2];
        var gone = new PackSlice(Digest.Of("gone"u8).Hash, 0, Digest.Of("x"u8));

        IReadOnlyDictionary<Digest, byte[]> read = await _reader.ReadAsync([.. _slices, gone], default);

        Assert.Equal(_slices.Take(2).Select(slice => slice.Blob).Order(), read.Keys.Order());
        Assert.Equal([gone.Pack, _slices[0].Pack], _lost.OrderByDescending(pack => pack == gone.Pack));
        await Fails.WithAsync(ErrorId.BlobMissing, async () => await _reader.ReadFilesAsync([(new BlobTarget(gone.Blob, _folder.PathOf("f")), gone)], null, default));
    }

    [Fact]
    public async Task What_is_damaged_on_the_way_is_read_again()
    {
        Pack([[1, 2], [3, 4]]);
        _damage = reads => reads is 1 or 2 ? (byte)reads : (byte)0;

        Assert.Equal(2, (await _reader.ReadAsync(_slices, default)).Count);

        Assert.Equal(3, _fetched.Count);
        Assert.Empty(_corrupt);
    }

    [Fact]
    public async Task What_is_stored_damaged_is_found_out_by_two_equal_answers()
    {
        Pack([[1, 2], [3, 4]]);
        _damage = _ => 1;

        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await _reader.ReadAsync(_slices, default));

        Assert.Single(_corrupt);
        Assert.Equal(2, _fetched.Count);
    }

    [Fact]
    public async Task What_arrives_damaged_but_is_stored_whole_says_nothing_of_the_store()
    {
        Pack([[1, 2], [3, 4]]);
        _damage = _ => 1;
        _isStoredSo = false;

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await _reader.ReadAsync(_slices, default));
    }

    [Fact]
    public async Task What_arrives_damaged_each_time_in_another_way_says_nothing_of_the_store()
    {
        Pack([[1, 2], [3, 4]]);
        _damage = reads => (byte)reads;

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await _reader.ReadAsync(_slices, default));

        Assert.Empty(_corrupt);
    }

    [Fact]
    public void Locations_are_forgotten_with_their_pack_and_others_take_their_place()
    {
        Pack([[1], [2]]);
        var locations = new BlobLocations();
        locations.Learn(PackListing.Of(_slices));
        locations.Learn([new PackListing("other", [new PackSlice("other", 77, _slices[0].Blob)])]);

        Assert.Equal(_slices, _slices.Select(slice => locations.Find(slice.Blob)!.Value));

        locations.Forget(_slices[0].Pack);
        Assert.Null(locations.Find(_slices[1].Blob));
        Assert.Equal("other", locations.Find(_slices[0].Blob)?.Pack);
        locations.Forget("other");
        Assert.Null(locations.Find(_slices[0].Blob));
    }

    public void Dispose() => _folder.Dispose();

    private void Pack(IEnumerable<byte[]> blobs)
    {
        using var writer = new PackWriter();
        foreach (byte[] blob in blobs)
        {
            _blobs[Digest.Of(blob)] = blob;
            if (!writer.TryAdd(Digest.Of(blob), blob))
            {
                Take();
                writer.TryAdd(Digest.Of(blob), blob);
            }
        }

        Take();

        void Take()
        {
            using Pack pack = writer.Take();
            _packs.Add(pack.Listing.Pack, pack.Content.ToArray());
            _slices.AddRange(pack.Listing.Slices);
        }
    }

    private sealed class Counter : IProgress<int>
    {
        private int _sum;

        public int Sum => _sum;

        public void Report(int value) => Interlocked.Add(ref _sum, value);
    }
}
