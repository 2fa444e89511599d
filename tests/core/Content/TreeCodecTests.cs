using BuildCache.Content;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Content;

/// <summary>Pins the tree format against encodings worked out by hand from Remote Execution API v2.</summary>
public sealed class TreeCodecTests
{
    private static readonly Digest s_abc = Digest.Of("abc"u8);
    private readonly Dictionary<Digest, byte[]> _messages = [];

    [Fact]
    public void An_empty_directory_is_the_empty_message()
    {
        Assert.Equal(Digest.Empty, TreeCodec.Encode(new TreeDirectory(), _messages));
        Assert.Empty(Assert.Single(_messages).Value);
    }

    [Fact]
    public void A_file_is_encoded_as_the_api_says()
    {
        var directory = new TreeDirectory { Files = { ["f"] = new TreeFile(s_abc, false) } };

        // files = 1 {name = 1 "f", digest = 2 {hash = 1 (64 digits), size_bytes = 2 (3)}}; a false bool is not written.
        Assert.Equal("0a49" + "0a0166" + "1244" + "0a40" + HexOf(s_abc.Hash) + "1003", Encode(directory));
    }

    [Fact]
    public void The_executable_bit_is_field_four()
    {
        var directory = new TreeDirectory { Files = { ["f"] = new TreeFile(s_abc, true) } };

        Assert.Equal("0a4b" + "0a0166" + "1244" + "0a40" + HexOf(s_abc.Hash) + "1003" + "2001", Encode(directory));
    }

    [Fact]
    public void An_empty_file_has_a_digest_without_a_size()
    {
        var directory = new TreeDirectory { Files = { ["f"] = new TreeFile(Digest.Empty, false) } };

        Assert.Equal("0a47" + "0a0166" + "1242" + "0a40" + HexOf(Digest.Empty.Hash), Encode(directory));
    }

    [Fact]
    public void Files_come_first_then_directories_then_links()
    {
        var directory = new TreeDirectory
        {
            Symlinks = { ["a"] = "b" },
            Directories = { ["b"] = new TreeDirectory() },
            Files = { ["c"] = new TreeFile(Digest.Empty, false) },
        };

        Assert.Equal(
            "0a47" + "0a0163" + "1242" + "0a40" + HexOf(Digest.Empty.Hash)
            + "1247" + "0a0162" + "1242" + "0a40" + HexOf(Digest.Empty.Hash)
            + "1a06" + "0a0161" + "120162",
            Encode(directory));
    }

    [Fact]
    public void Names_are_ordered_by_their_bytes_in_utf8()
    {
        string[] ordered = ["", "A", "Z", "a", "a!", "aa", "é", "\uD7FF", "\uE000", "\uFFFD", "\U00010000", "😀"];
        var directory = new TreeDirectory();
        foreach (string name in ordered.Reverse())
        {
            directory.Symlinks[name] = "t";
        }

        Assert.Equal(ordered, directory.Symlinks.Keys);
        Assert.Equal(ordered.OrderBy(name => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal), directory.Symlinks.Keys);
    }

    [Fact]
    public void Equal_directories_are_one_message()
    {
        var directory = new TreeDirectory { Directories = { ["a"] = new TreeDirectory(), ["b"] = new TreeDirectory() } };

        TreeCodec.Encode(directory, _messages);

        Assert.Equal(2, _messages.Count);
    }

    [Fact]
    public void What_was_encoded_is_decoded()
    {
        var directory = new TreeDirectory
        {
            Files = { ["f"] = new TreeFile(s_abc, true), ["数"] = new TreeFile(Digest.Empty, false) },
            Directories = { ["d"] = new TreeDirectory() },
            Symlinks = { ["l"] = "d/x" },
        };

        DirectoryListing listing = TreeCodec.Decode(Convert.FromHexString(Encode(directory)));

        Assert.Equal([("f", new TreeFile(s_abc, true)), ("数", new TreeFile(Digest.Empty, false))], listing.Files);
        Assert.Equal([("d", Digest.Empty)], listing.Directories);
        Assert.Equal([("l", "d/x")], listing.Symlinks);
    }

    [Fact]
    public void The_order_of_utf8_is_a_total_order() =>
        Arbitrary.ForAll(Arbitrary.Pair, pair =>
        {
            (string left, string right) = (pair.Left.Parts[0], pair.Right.Parts[0]);
            int expected = System.Text.Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right));
            return Math.Sign(expected) == Math.Sign(Utf8Order.Instance.Compare(left, right));
        }, times: 5000);

    private string Encode(TreeDirectory directory) => Convert.ToHexStringLower(_messages[TreeCodec.Encode(directory, _messages)]);

    private static string HexOf(string ascii) => Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(ascii));
}
