using BuildCache.RemoteApis;

namespace BuildCache.Tests.RemoteApis;

public sealed class ReadResponseDecoderTests
{
    // Content "ab"; an empty message; unknown fields of every kind around content "cde"; content of no bytes; "f".
    private static readonly byte[] s_stream =
    [
        0, 0, 0, 0, 4, 0x52, 2, (byte)'a', (byte)'b',
        0, 0, 0, 0, 0,
        0, 0, 0, 0, 28, 0x08, 0x80, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x52, 3, (byte)'c', (byte)'d', (byte)'e', 0x1A, 2, 9, 9, 0x1A, 0, 0x25, 1, 2, 3, 4,
        0, 0, 0, 0, 2, 0x52, 0,
        0, 0, 0, 0, 3, 0x52, 1, (byte)'f',
    ];

    [Fact]
    public void Content_is_found_whatever_the_pieces_are_that_it_comes_in()
    {
        for (int size = 1; size <= s_stream.Length; size++)
        {
            Assert.Equal("abcdef"u8, Decode(s_stream.Chunk(size), out bool isWhole));
            Assert.True(isWhole);
        }
    }

    [Fact]
    public void An_end_within_a_message_is_seen()
    {
        int[] wholeAt = [0, 9, 14, 47, 54, 62];
        for (int length = 0; length <= s_stream.Length; length++)
        {
            Decode([s_stream[..length]], out bool isWhole);
            Assert.Equal(wholeAt.Contains(length), isWhole);
        }
    }

    [Theory]
    [InlineData(1, 0, 0, 0, 1, 0)]
    [InlineData(0, 0, 0, 0, 1, 0x52)]
    [InlineData(0, 0, 0, 0, 1, 0x80)]
    [InlineData(0, 0, 0, 0, 3, 0x52, 2, 1)]
    [InlineData(0, 0, 0, 0, 2, 0x13, 0)]
    [InlineData(0, 0, 0, 0, 2, 0x11, 0)]
    [InlineData(0, 0, 0, 0, 13, 0x52, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80)]
    public void What_is_no_such_message_is_refused(params int[] bytes) =>
        Assert.Throws<InvalidDataException>(() => Decode([[.. bytes.Select(value => (byte)value)]], out _));

    private static byte[] Decode(IEnumerable<byte[]> pieces, out bool isWhole)
    {
        List<byte> content = [];
        var decoder = new ReadResponseDecoder(piece => content.AddRange(piece));
        foreach (byte[] piece in pieces)
        {
            decoder.Decode(piece);
        }

        isWhole = decoder.IsBetweenMessages;
        return [.. content];
    }
}
