using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Tests.Support;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.RemoteApis;

/// <summary>What a real server stores comes back.</summary>
public sealed class StorageTests(Casd casd) : IClassFixture<Casd>
{
    [Fact]
    public async Task A_server_says_what_it_can()
    {
        using RemoteStorage storage = await casd.ConnectAsync();

        Assert.True(storage.Capabilities.CanUpdateActions);
        Assert.InRange(storage.Capabilities.LargestBatch, 1024 * 1024, 4 * 1024 * 1024);
    }

    [Fact]
    public async Task Only_what_is_not_stored_is_missing()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest stored = await storage.StoreAsync(Sample.Bytes(1000, 1));
        var other = Digest.Of(Sample.Bytes(1000, 2));

        Assert.Equal([other], await storage.Blobs.FindMissingAsync([stored, other, other, Digest.Empty]));
        Assert.Empty(await storage.Blobs.FindMissingAsync([]));
    }

    [Fact]
    public async Task More_digests_than_a_message_holds_are_asked_for_in_several()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest stored = await storage.StoreAsync(Sample.Bytes(10, 3));
        HashSet<Digest> absent = [.. Enumerable.Range(0, 100_000).Select(number => Digest.Of(BitConverter.GetBytes(number)))];

        IReadOnlySet<Digest> missing = await storage.Blobs.FindMissingAsync([.. absent, stored]);

        Assert.Equal(absent.Count, missing.Count);
        Assert.True(missing.SetEquals(absent));
    }

    [Fact]
    public async Task Small_blobs_travel_together_within_the_limit_of_a_batch()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        long largest = storage.Capabilities.LargestBatch;
        int[] sizes = [1, 0, (int)largest - WireDigest.LongestEncoding, 3_000_000, 2_000_000, .. Enumerable.Range(100, 3000)];
        Dictionary<Digest, byte[]> contents = sizes.Select((size, index) => Sample.Bytes(size, index)).ToDictionary(bytes => Digest.Of(bytes));
        Assert.All(contents.Keys, blob => Assert.True(storage.Blobs.IsSmall(blob)));

        await storage.Blobs.WriteSmallAsync(contents.Keys, (blob, _) => ValueTask.FromResult<ReadOnlyMemory<byte>>(contents[blob]));

        var absent = Digest.Of("absent"u8);
        ConcurrentDictionary<Digest, byte[]> read = [];
        IReadOnlySet<Digest> missing = await storage.Blobs.ReadSmallAsync([.. contents.Keys, absent], (blob, content, _) =>
        {
            Assert.True(read.TryAdd(blob, content.ToArray()));
            return ValueTask.CompletedTask;
        });
        Assert.Equal([absent], missing);
        Assert.Equal(contents.Count, read.Count);
        Assert.All(contents, pair => Assert.Equal(pair.Value, read[pair.Key]));
    }

    [Fact]
    public async Task A_batch_that_is_given_other_content_stores_nothing()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        var blob = Digest.Of("right"u8);

        await Fails.WithAsync(ErrorId.InputChanged,
            () => storage.Blobs.WriteSmallAsync([blob], (_, _) => ValueTask.FromResult<ReadOnlyMemory<byte>>("wrong"u8.ToArray())));
        Assert.Equal([blob], await storage.Blobs.FindMissingAsync([blob]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(9_000_001)]
    public async Task A_blob_of_any_size_is_streamed(int size)
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        byte[] content = Sample.Bytes(size);

        Digest blob = await storage.StoreAsync(content);
        Assert.Equal(blob, await storage.StoreAsync(content));

        Assert.Equal(content, await storage.LoadAsync(blob));
    }

    [Fact]
    public async Task The_blob_of_no_bytes_is_always_there()
    {
        using RemoteStorage storage = await casd.ConnectAsync();

        Assert.Equal(Digest.Empty, await storage.StoreAsync([]));
        Assert.Empty((await storage.LoadAsync(Digest.Empty))!);
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_an_answer()
    {
        using RemoteStorage storage = await casd.ConnectAsync();

        Assert.Null(await storage.LoadAsync(Digest.Of(Sample.Bytes(500, 77))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_changes_while_it_is_sent_is_not_stored(bool isShorter)
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        byte[] content = Sample.Bytes(3_000_000, isShorter ? 1 : 2);
        var blob = Digest.Of(content);
        byte[] changed = isShorter ? content[..2_000_000] : [.. content[..^1], (byte)~content[^1]];

        await Fails.WithAsync(ErrorId.InputChanged, () => storage.Blobs.WriteAsync(blob, Sample.From(changed)));
        Assert.Equal([blob], await storage.Blobs.FindMissingAsync([blob]));
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_fails_with_its_own_error()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        var blob = Digest.Of(Sample.Bytes(1_000_000, 9));

        IOException error = await Assert.ThrowsAsync<IOException>(
            () => storage.Blobs.WriteAsync(blob, (_, _) => throw new IOException("The disk is gone.")));
        Assert.Equal("The disk is gone.", error.Message);
    }

    [Fact]
    public async Task What_is_damaged_in_the_store_is_not_given_out()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        byte[] content = Sample.Bytes(5_000_000, 5);
        Digest blob = await storage.StoreAsync(content);
        Rig.Overwrite(casd.PathOf(blob), [.. content[..^1], (byte)~content[^1]]);

        await Fails.WithAsync(ErrorId.BlobCorrupt, () => storage.LoadAsync(blob));

        Digest small = await storage.StoreAsync(Sample.Bytes(101, 5));
        Rig.Overwrite(casd.PathOf(small), Sample.Bytes(101, 6));
        await Fails.WithAsync(ErrorId.BlobCorrupt, () => storage.Blobs.ReadSmallAsync([small], (_, _, _) => throw new InvalidOperationException()));
    }

    [Fact]
    public async Task An_action_has_the_result_it_was_given()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest output = await storage.StoreAsync(Sample.Bytes(100, 8));
        var action = Digest.Of(Guid.NewGuid().ToByteArray());
        Assert.Null(await storage.Actions.GetAsync(action));

        var result = new ActionResult { ExitCode = 0, StdoutRaw = ByteString.CopyFromUtf8("entry") };
        result.OutputFiles.Add(new OutputFile { Path = "file", Digest = output.ToWire(), IsExecutable = true });
        await storage.Actions.UpdateAsync(action, result);

        Assert.Equal(result, await storage.Actions.GetAsync(action));
    }

    [Fact]
    public async Task An_asset_is_found_by_its_uri_and_all_its_qualifiers()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest blob = await storage.StoreAsync(Sample.Bytes(100, 10));
        string uri = "urn:test:" + Guid.NewGuid();
        AssetQualifier[] qualifiers = [new("a", "1"), new("b", "2")];

        await storage.Assets.PushBlobAsync(new AssetPush([uri], qualifiers, blob) { References = [blob] });

        RemoteAsset? found = await storage.Assets.FetchBlobAsync([uri], qualifiers);
        Assert.Equal(blob, found?.Digest);
        Assert.Equal(uri, found?.Uri);
        Assert.Null(await storage.Assets.FetchBlobAsync([uri], [new("a", "other")]));
        Assert.Null(await storage.Assets.FetchBlobAsync([uri + "x"], qualifiers));
    }

    [Fact]
    public async Task A_directory_is_an_asset_too()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest file = await storage.StoreAsync(Sample.Bytes(100, 11));
        var directory = new BuildCache.Content.Wire.Directory();
        directory.Files.Add(new FileNode { Name = "file", Digest = file.ToWire() });
        Digest root = await storage.StoreAsync(directory.ToByteArray());
        string uri = "urn:test:" + Guid.NewGuid();

        await storage.Assets.PushDirectoryAsync(new AssetPush([uri], [], root));

        Assert.Equal(root, (await storage.Assets.FetchDirectoryAsync([uri], []))?.Digest);
        Assert.Null(await storage.Assets.FetchDirectoryAsync([uri + "x"], []));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_says_so()
    {
        using RemoteStorage storage = await casd.ConnectAsync();
        Digest blob = await storage.StoreAsync(Sample.Bytes(9_000_000, 12));
        using var source = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.Blobs.ReadAsync(blob, (_, _) => source.Cancel(), source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.Blobs.FindMissingAsync([blob], source.Token));
    }
}
