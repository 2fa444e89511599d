using BuildCache.Files;

namespace BuildCache.Tests.Files;

public sealed class StagingNameTests
{
    [Theory]
    [InlineData("")]
    [InlineData(".lock")]
    [InlineData(".tmp")]
    [InlineData("-0")]
    [InlineData("-12.for")]
    [InlineData("-0.download")]
    public void What_is_made_beside_its_place_is_known_by_its_name(string ending) => Assert.True(StagingName.Is(StagingName.New() + ending));

    [Theory]
    [InlineData("")]
    [InlineData(".buildcache")]
    [InlineData(".buildcache-")]
    [InlineData(".buildcache-notes.md")]
    [InlineData(".buildcache-12ab")]
    [InlineData(".buildcache-12ab-0123456789abcde")]
    [InlineData(".buildcache-12ab-0123456789ABCDEF")]
    [InlineData(".buildcache-12ab-0123456789abcdef0")]
    [InlineData(".buildcache-12ab-0123456789abcdefx")]
    [InlineData("x.buildcache-12ab-0123456789abcdef")]
    [InlineData(".buildcache--0123456789abcdef")]
    public void Names_of_others_are_not(string name) => Assert.False(StagingName.Is(name));
}
