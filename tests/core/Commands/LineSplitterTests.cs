using BuildCache.Commands;
using BuildCache.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Commands;

/// <summary>Lines are those that a reader of lines gives, however the text is cut in blocks.</summary>
public sealed class LineSplitterTests
{
    [Fact]
    public void Blocks_of_any_size_give_the_lines_that_a_reader_gives()
    {
        Gen<(string, int)> texts =
            from characters in Gen.Elements('a', 'b', '\n', '\r', ' ').ListOf()
            from size in Gen.Choose(1, 5)
            select (new string([.. characters]), size);
        Arbitrary.ForAll(texts, pair => Split(pair.Item1, pair.Item2, 1000).SequenceEqual(Read(pair.Item1)), times: 1000);
    }

    [Theory]
    [InlineData("abcdefg", "abc,def,g")]
    [InlineData("abc\nabcd\n", "abc,abc,d")]
    [InlineData("ab\U0001F600c", "ab,\U0001F600c")]
    public void A_line_that_is_too_long_comes_in_pieces(string text, string lines)
    {
        foreach (int size in (int[])[1, 2, 100])
        {
            Assert.Equal(lines.Split(','), Split(text, size, 3));
        }
    }

    private static List<string> Split(string text, int size, int longest)
    {
        var splitter = new LineSplitter(longest);
        List<string> lines = [];
        foreach (char[] block in text.Chunk(size))
        {
            splitter.Add(block, lines);
        }

        lines.AddRange(splitter.End() is { } last ? [last] : []);
        return lines;
    }

    private static IEnumerable<string> Read(string text)
    {
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
