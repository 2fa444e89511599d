using BuildCache.Content;
using BuildCache.Content.Wire;
using BuildCache.Tests.Support;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;
using WireDigest = BuildCache.Content.Wire.Digest;
using WireDirectory = BuildCache.Content.Wire.Directory;

namespace BuildCache.Tests.Content;

/// <summary>Directory messages that no save of ours makes.</summary>
public sealed class HostileTreeTests
{
    private static readonly WireDigest s_digest = new() { Hash = Digest.Empty.Hash };

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/etc")]
    [InlineData("a\0b")]
    public void An_unsafe_name_is_refused_wherever_it_stands(string name)
    {
        Refused(new() { Files = { new FileNode { Name = name, Digest = s_digest } } });
        Refused(new() { Directories = { new DirectoryNode { Name = name, Digest = s_digest } } });
        Refused(new() { Symlinks = { new SymlinkNode { Name = name, Target = "t" } } });
    }

    [Fact]
    public void A_name_that_stands_twice_is_refused()
    {
        var file = new FileNode { Name = "a", Digest = s_digest };
        var directory = new DirectoryNode { Name = "a", Digest = s_digest };
        var link = new SymlinkNode { Name = "a", Target = "/" };
        Refused(new() { Files = { file, file } });
        Refused(new() { Directories = { directory, directory } });
        Refused(new() { Files = { file }, Directories = { directory } });
        Refused(new() { Symlinks = { link }, Directories = { directory } });
        Refused(new() { Symlinks = { link }, Files = { file } });
    }

    [Fact]
    public void A_malformed_digest_is_refused()
    {
        foreach (WireDigest? digest in (WireDigest?[])[null, new(), new() { Hash = "../../etc/passwd" }, new() { Hash = s_digest.Hash.ToUpperInvariant() },
            new() { Hash = s_digest.Hash, SizeBytes = -1 }, new() { Hash = s_digest.Hash + "0" }])
        {
            Refused(new() { Files = { new FileNode { Name = "a", Digest = digest } } });
            Refused(new() { Directories = { new DirectoryNode { Name = "a", Digest = digest } } });
        }
    }

    [Fact]
    public void Garbage_is_a_corrupt_blob_or_a_directory_and_nothing_else() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes => IsDecodedOrCorrupt(bytes), times: 5000);

    [Fact]
    public void A_damaged_directory_is_a_corrupt_blob_or_a_directory_and_nothing_else()
    {
        byte[] whole = new WireDirectory
        {
            Files = { new FileNode { Name = "file", Digest = s_digest, IsExecutable = true } },
            Directories = { new DirectoryNode { Name = "directory", Digest = s_digest } },
            Symlinks = { new SymlinkNode { Name = "link", Target = "file" } },
        }.ToByteArray();
        for (int i = 0; i < whole.Length; i++)
        {
            Assert.True(IsDecodedOrCorrupt(whole[..i]));
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. whole];
                damaged[i] ^= (byte)(1 << bit);
                Assert.True(IsDecodedOrCorrupt(damaged));
            }
        }
    }

    private static bool IsDecodedOrCorrupt(byte[] bytes)
    {
        try
        {
            DirectoryListing listing = TreeCodec.Decode(bytes);
            return listing.Files.All(file => SafePath.IsName(file.Name)) && listing.Directories.All(directory => SafePath.IsName(directory.Name));
        }
        catch (BuildCacheException error)
        {
            return error.Id == ErrorId.BlobCorrupt;
        }
    }

    private static void Refused(WireDirectory message) =>
        Fails.With(ErrorId.BlobCorrupt, () => TreeCodec.Decode(message.ToByteArray()));
}
