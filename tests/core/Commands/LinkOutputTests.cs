using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>Nothing behind a link is removed, saved or written, and a link is no output.</summary>
public sealed class LinkOutputTests : IDisposable
{
    private readonly CommandRig _rig = new();

    [Fact]
    public async Task What_a_glob_would_find_behind_a_link_stays()
    {
        _rig.Folder.File("elsewhere/keep.js", "precious");
        _rig.File("dist/old.js", "old");
        Directory.CreateSymbolicLink(_rig.PathOf("dist/vendor"), _rig.Folder.PathOf("elsewhere"));
        CommandRequest request = _rig.Request(outputs: "dist/**/*.js");
        (await _rig.UseAsync(request, () => _rig.File("dist/a.js", "x"))).Was(hit: false);
        Assert.Equal("precious", _rig.Read("dist/vendor/keep.js"));
        Assert.Null(_rig.Read("dist/old.js"));

        _rig.Folder.File("elsewhere/more.js", "more");
        _rig.File("dist/old.js", "old");
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal("precious", _rig.Read("dist/vendor/keep.js"));
        Assert.Equal("more", _rig.Read("dist/vendor/more.js"));
        Assert.Null(_rig.Read("dist/old.js"));
    }

    [Fact]
    public async Task An_entry_is_not_restored_through_a_link_that_stands_there_by_now()
    {
        CommandRequest request = _rig.Request(outputs: "dist/**/*.js");
        await _rig.UseAsync(request, () => _rig.File("dist/vendor/a.js", "made"));
        Directory.Delete(_rig.PathOf("dist/vendor"), recursive: true);
        _rig.Folder.File("elsewhere/a.js", "precious");
        Directory.CreateSymbolicLink(_rig.PathOf("dist/vendor"), _rig.Folder.PathOf("elsewhere"));
        Used used = await _rig.UseAsync(request);
        Assert.False(used.IsHit);
        used.Warned(ErrorId.PathOutsideWorkspace);
        Assert.Equal("precious", _rig.Read("dist/vendor/a.js"));
    }

    [Theory]
    [InlineData("link/*.js")]
    [InlineData("link/deep/**")]
    [InlineData("link/x")]
    public async Task An_output_behind_a_link_is_refused(string output)
    {
        _rig.Folder.File("elsewhere/deep/keep.js", "precious");
        Directory.CreateSymbolicLink(_rig.PathOf("link"), _rig.Folder.PathOf("elsewhere"));
        await Fails.WithAsync(ErrorId.PathOutsideWorkspace, () => _rig.UseAsync(_rig.Request(outputs: output)));
        Assert.Equal(0, _rig.Runs);
    }

    [Theory]
    [InlineData("out", "out")]
    [InlineData("out", "file")]
    [InlineData("out", "none")]
    [InlineData("o*", "file")]
    public async Task A_command_that_makes_a_link_is_not_saved_however_often_it_runs(string output, string target)
    {
        _rig.Folder.Folder("elsewhere/out");
        _rig.Folder.File("elsewhere/file", "precious");
        CommandRequest request = _rig.Request(outputs: output);
        for (int i = 0; i < 3; i++)
        {
            Used used = await _rig.UseAsync(request, () =>
            {
                File.Delete(_rig.PathOf("out"));
                File.CreateSymbolicLink(_rig.PathOf("out"), _rig.Folder.PathOf($"elsewhere/{target}"));
            });
            Assert.False(used.IsHit);
            Assert.Contains("'out' is a link", used.Warned(ErrorId.UnsupportedFile).Message, StringComparison.Ordinal);
            Assert.Equal(_rig.Folder.PathOf($"elsewhere/{target}"), new FileInfo(_rig.PathOf("out")).LinkTarget);
        }

        Assert.Equal("precious", File.ReadAllText(_rig.Folder.PathOf("elsewhere/file")));
    }

    [Fact]
    public async Task A_mounted_directory_that_is_named_as_an_output_stays_mounted()
    {
        _rig.Folder.File("volume/warm", "precious");
        Directory.CreateSymbolicLink(_rig.PathOf("cache"), _rig.Folder.PathOf("volume"));
        (await _rig.UseAsync(_rig.Request(outputs: "cache"), () => _rig.File("cache/made", "x"))).Warned(ErrorId.UnsupportedFile);
        Assert.Equal("precious", File.ReadAllText(_rig.Folder.PathOf("volume/warm")));
        Assert.NotNull(new DirectoryInfo(_rig.PathOf("cache")).LinkTarget);
    }

    [Fact]
    public async Task A_command_that_makes_a_link_to_a_directory_among_what_a_glob_takes_is_not_saved()
    {
        _rig.Folder.File("elsewhere/a.js", "there");
        Used used = await _rig.UseAsync(_rig.Request(outputs: "dist/**/*.js"), () =>
        {
            _rig.File("dist/b.js", "made");
            Directory.CreateSymbolicLink(_rig.PathOf("dist/vendor"), _rig.Folder.PathOf("elsewhere"));
        });
        Assert.Contains("'dist/vendor'", used.Warned(ErrorId.LinkNotEntered).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_puts_a_link_above_its_output_is_not_saved()
    {
        _rig.Folder.File("elsewhere/out", "there");
        Used used = await _rig.UseAsync(_rig.Request(outputs: "a/out"), () => Directory.CreateSymbolicLink(_rig.PathOf("a"), _rig.Folder.PathOf("elsewhere")));
        used.Warned(ErrorId.PathOutsideWorkspace);
    }

    public void Dispose() => _rig.Dispose();
}
