using BuildCache.Configuration.Ci;

namespace BuildCache.Tests.Configuration.Ci;

public sealed class JavaPropertiesTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("  a : b ", "a", "b ")]
    [InlineData("a b=c", "a", "b=c")]
    [InlineData("a\t=\tb", "a", "b")]
    [InlineData("a==b", "a", "=b")]
    [InlineData("a", "a", "")]
    [InlineData("a\\=b=c\\:d", "a=b", "c:d")]
    [InlineData("a\\ b=c", "a b", "c")]
    [InlineData("a=C\\:\\\\dir\\\\x", "a", "C:\\dir\\x")]
    [InlineData("a=\\u00fc\\u6570", "a", "ü数")]
    [InlineData("a=x\\\n   y", "a", "xy")]
    [InlineData("a=x\\\\\nb=y", "a", "x\\")]
    [InlineData("#a=1\n!a=2\r\n\r\na=3\r", "a", "3")]
    [InlineData("a=1\na=2", "a", "2")]
    [InlineData("a=\\t\\n\\q", "a", "\t\nq")]
    [InlineData("a=\\u12", "a", "u12")]
    [InlineData("a=b\\", "a", "b")]
    [InlineData("a\\", "a", "")]
    public void A_property_is_read_as_Java_reads_it(string text, string name, string value) => Assert.Equal(value, JavaProperties.Parse(text)[name]);

    [Fact]
    public void A_comment_does_not_go_on_in_the_next_line() => Assert.Equal(["a"], JavaProperties.Parse("# x\\\na=b").Keys);
}
