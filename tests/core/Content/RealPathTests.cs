using BuildCache.Content;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Content;

public sealed class RealPathTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Links_are_followed_anywhere_in_a_path()
    {
        string root = RealPath.Of(_folder.Root);
        string file = _folder.File("real/sub/a.txt");
        Directory.CreateSymbolicLink(_folder.PathOf("absolute"), Path.Combine(root, "real"));
        Directory.CreateSymbolicLink(_folder.PathOf("relative"), "absolute");
        Assert.Equal(Path.Combine(root, "real", "sub", "a.txt"), RealPath.Of(_folder.PathOf("relative/sub/a.txt")));
        Assert.True(RealPath.AreSame(_folder.PathOf("absolute/sub"), _folder.PathOf("real/sub")));
        Assert.False(RealPath.AreSame(_folder.PathOf("absolute"), _folder.PathOf("real/sub")));
        Assert.Equal(Path.Combine(root, "absent", "x"), RealPath.Of(_folder.PathOf("absent/x")));
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void Links_that_name_each_other_end()
    {
        Directory.CreateSymbolicLink(_folder.PathOf("a"), "b");
        Directory.CreateSymbolicLink(_folder.PathOf("b"), "a");
        Assert.NotEmpty(RealPath.Of(_folder.PathOf("a/x")));
    }
}
