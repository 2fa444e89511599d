using BuildCache.Content;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Content;

public sealed class SafePathTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("a b")]
    [InlineData("...")]
    [InlineData(".hidden")]
    [InlineData("數")]
    public void A_plain_name_is_a_name(string name) => Assert.True(SafePath.IsName(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/")]
    [InlineData("a\0")]
    public void What_is_not_one_component_is_no_name(string name) => Assert.False(SafePath.IsName(name));

    [Theory]
    [InlineData("a\\b")]
    [InlineData("a:b")]
    [InlineData("con")]
    [InlineData("COM1.txt")]
    [InlineData("a.")]
    [InlineData("a ")]
    public void What_Windows_would_read_otherwise_is_no_name_there(string name) =>
        Assert.Equal(!OperatingSystem.IsWindows(), SafePath.IsName(name));

    [Theory]
    [InlineData("COM\u00B9")]
    [InlineData("com\u00B2.txt")]
    [InlineData("LPT\u00B3")]
    [InlineData("CONIN$")]
    [InlineData("conout$.log")]
    [InlineData("nul .txt")]
    [InlineData("AUX")]
    [InlineData("a:stream")]
    public void A_device_of_Windows_is_no_name_there(string name) => Assert.False(SafePath.IsName(name, isForWindows: true));

    [Theory]
    [InlineData("COM\u2074")]
    [InlineData("COM10")]
    [InlineData("CONIN")]
    [InlineData("console")]
    public void What_only_begins_like_a_device_is_a_name_there(string name) => Assert.True(SafePath.IsName(name, isForWindows: true));

    [Fact]
    public void A_set_of_paths_holds_what_is_in_them_and_nothing_beside()
    {
        PathSet paths = new(["a", "b/c", "a.b", "a-b"]);
        foreach (string inside in (string[])["a", "a/x", "a/x/y", "b/c", "b/c/d", "a.b/c", "a-b"])
        {
            Assert.True(paths.Holds(inside), inside);
        }

        foreach (string outside in (string[])["b", "aa", "a.", "b/cc", "b/d", "", "a-", "/a"])
        {
            Assert.False(paths.Holds(outside), outside);
        }

        Assert.False(paths.IsNested);
        Assert.True(new PathSet(["a", "a-b", "a/b"]).IsNested);
        Assert.True(new PathSet(["a", "a"]).IsNested);
        Assert.False(new PathSet([]).IsNested);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a/b/c", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData("a/../b", false)]
    [InlineData("./a", false)]
    public void A_relative_path_is_plain_names_and_slashes(string path, bool expected) => Assert.Equal(expected, SafePath.IsRelative(path));

    [Theory]
    [InlineData("a/b", "a/b")]
    [InlineData("./a/../b", "b")]
    public void A_path_is_told_relative_to_the_root(string path, string expected) =>
        Assert.Equal(expected, SafePath.RelativeTo(Path.GetTempPath(), path));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a/..")]
    [InlineData("..")]
    [InlineData("../sibling")]
    [InlineData("/")]
    public void A_path_not_below_the_root_is_refused(string path) =>
        Fails.With(ErrorId.PathOutsideWorkspace, () => SafePath.RelativeTo(Path.Combine(Path.GetTempPath(), "root"), path));

    [Fact]
    public void A_sibling_whose_name_begins_as_the_root_does_is_outside() =>
        Fails.With(ErrorId.PathOutsideWorkspace, () => SafePath.RelativeTo(Path.Combine(Path.GetTempPath(), "root"), Path.Combine(Path.GetTempPath(), "root2", "a")));

    [Theory]
    [InlineData("link", "file")]
    [InlineData("link", "a/b/c")]
    [InlineData("link", "./a")]
    [InlineData("a/link", "..")]
    [InlineData("a/link", "../b")]
    [InlineData("a/b/link", "../../c")]
    public void A_link_that_stays_inside_is_allowed(string path, string target) => Assert.True(SafePath.LinkStaysInside(path, target));

    [Theory]
    [InlineData("link", "")]
    [InlineData("link", "..")]
    [InlineData("link", "/etc/passwd")]
    [InlineData("a/link", "../..")]
    [InlineData("a/link", "../../a/b")]
    [InlineData("link", "a/../../b")]
    [InlineData("link", "..\\a")]
    [InlineData("link", "a\0")]
    public void A_link_that_leaves_is_refused(string path, string target) => Assert.False(SafePath.LinkStaysInside(path, target));

    // 'up' may itself be a link to '..'; then 'a/up/..' is the parent of the whole tree.
    [Theory]
    [InlineData("link", "a/up/../..")]
    [InlineData("link", "a/up/..")]
    [InlineData("a/link", "../a/up/../../b")]
    public void A_link_that_climbs_after_it_descended_is_refused_because_of_what_it_may_pass_through(string path, string target) =>
        Assert.False(SafePath.LinkStaysInside(path, target));
}
