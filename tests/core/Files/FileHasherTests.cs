using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

public sealed class FileHasherTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<int> Sizes =>
        [0, 1, 63, 64, 4096, (256 * 1024) - 1, 256 * 1024, (256 * 1024) + 1, (512 * 1024) - 1, 512 * 1024, 1024 * 1024, (1024 * 1024) + 1, (3 * 1024 * 1024) + 17];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_digest_of_a_file_is_its_sha256_and_size(int size)
    {
        byte[] content = RandomNumberGenerator.GetBytes(size);
        string path = _folder.File("file", content);
        string expected = $"{Convert.ToHexStringLower(SHA256.HashData(content))}/{size}";

        Assert.Equal(expected, new FileHasher().Hash(path).Digest.ToString());
        Assert.Equal(expected, new FileHasher(marker: _ => 0).Hash(path).Digest.ToString());
    }

    [Fact]
    public void Many_files_are_hashed_in_the_order_they_were_given()
    {
        string[] paths = [.. Enumerable.Range(0, 200).Select(i => _folder.File($"f{i}", $"content {i}"))];

        IReadOnlyList<HashedFile> hashed = new FileHasher().HashAll(paths);

        Assert.Equal(paths.Select(path => Digest.Of(File.ReadAllBytes(path))), hashed.Select(file => file.Digest));
    }

    [Fact]
    public void One_missing_file_among_many_is_named()
    {
        List<string> paths = [.. Enumerable.Range(0, 50).Select(i => _folder.File($"f{i}"))];
        paths.Insert(25, _folder.PathOf("not there"));

        Assert.Contains("not there", Fails.With(ErrorId.InputNotFound, () => new FileHasher().HashAll(paths)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_is_hashed_as_what_it_points_to()
    {
        string target = _folder.File("target", "content");
        string link = _folder.PathOf("link");
        File.CreateSymbolicLink(link, target);

        Assert.Equal(Digest.Of("content"u8), new FileHasher().Hash(link).Digest);
    }

    [Fact]
    public void A_link_to_nothing_is_an_input_not_found()
    {
        string link = _folder.PathOf("link");
        File.CreateSymbolicLink(link, _folder.PathOf("nothing"));

        Fails.With(ErrorId.InputNotFound, () => new FileHasher().Hash(link));
    }

    [Fact]
    public void Marks_come_with_the_digest()
    {
        string path = _folder.File("file", "abc");

        Assert.Equal(5, new FileHasher(marker: content => content.IndexOf((byte)'c') >= 0 ? (byte)5 : (byte)0).Hash(path).Marks);
    }

    [Fact]
    public void Cancellation_stops_hashing()
    {
        string path = _folder.File("file", new byte[4 * 1024 * 1024]);

        Assert.ThrowsAny<OperationCanceledException>(() => new FileHasher().Hash(path, new CancellationToken(canceled: true)));
    }

    public void Dispose() => _folder.Dispose();
}
