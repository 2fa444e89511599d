using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Tests.Compilers;

/// <summary>The quoting rules of compiler command lines.</summary>
public class ArgumentTextTests
{
    [Theory]
    [InlineData("a b  c", new[] { "a", "b", "c" })]
    [InlineData("/out:\"a b.dll\" c", new[] { "/out:\"a b.dll\"", "c" })]
    [InlineData("/define:\"A=\\\"x y\\\"\" b", new[] { "/define:\"A=\\\"x y\\\"\"", "b" })]
    [InlineData("# a comment\na #b\nc", new[] { "a", "c" })]
    [InlineData("a\r\nb", new[] { "a", "b" })]
    [InlineData("\"C:\\dir\\\\\" b", new[] { "\"C:\\dir\\\\\"", "b" })]
    [InlineData("  ", new string[0])]
    public void A_line_is_split_at_blanks_outside_of_quotes(string line, string[] expected) => Assert.Equal(expected, ArgumentText.Split(line));

    [Theory]
    [InlineData("a,b;c", new[] { "a", "b", "c" })]
    [InlineData("\"a,b\",c", new[] { "a,b", "c" })]
    [InlineData("a", new[] { "a" })]
    [InlineData("a,,b", new[] { "a", "", "b" })]
    public void A_list_is_split_at_separators_outside_of_quotes(string list, string[] expected) => Assert.Equal(expected, ArgumentText.List(list, ',', ';'));

    [Theory]
    [InlineData("\"a b\"", "a b")]
    [InlineData("a\\b", "a\\b")]
    [InlineData("\"a\\\"b\"", "a\"b")]
    [InlineData("\"C:\\dir\\\\\"", "C:\\dir\\")]
    public void Quotes_are_taken_away(string text, string expected) => Assert.Equal(expected, ArgumentText.Unquote(text));
}
