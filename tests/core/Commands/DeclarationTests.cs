using BuildCache.Commands;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>Commands that are declared wrong are refused before anything runs or is removed.</summary>
public sealed class DeclarationTests : IDisposable
{
    private readonly CommandRig _rig = new();

    [Theory]
    [InlineData("in/a.txt", "", "in/a.txt")]
    [InlineData("in/a.txt", "", "in")]
    [InlineData("in/a.txt", "", "in/*.txt")]
    [InlineData("", "in/*.txt", "in/new.txt")]
    [InlineData("", "in/*.txt", "in")]
    [InlineData("", "**/*", "out")]
    [InlineData("", "out/**", "out/deep/er")]
    [InlineData("", "", "out;out/sub")]
    [InlineData("", "", "out;out")]
    public async Task Outputs_that_are_inputs_or_lie_in_each_other(string file, string glob, string outputs)
    {
        _rig.File("in/a.txt", "kept");
        await RefusedAsync(ErrorId.InvalidCommand, new CommandInputs { Files = file.Length > 0 ? [file] : [], Globs = glob.Length > 0 ? [glob] : [] }, outputs.Split(';'));
        Assert.Equal("kept", _rig.Read("in/a.txt"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("../x")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    public Task Outputs_outside_of_the_workspace(string output) => RefusedAsync(ErrorId.PathOutsideWorkspace, new CommandInputs(), output);

    [Theory]
    [InlineData("gen/")]
    [InlineData("./gen//")]
    public async Task A_final_slash_says_nothing(string output)
    {
        (await _rig.UseAsync(_rig.Request(outputs: output), () => _rig.File("gen/a", "made"))).Was(hit: false);
        Directory.Delete(_rig.PathOf("gen"), recursive: true);
        (await _rig.UseAsync(_rig.Request(outputs: "gen"))).Was(hit: true);
        Assert.Equal("made", _rig.Read("gen/a"));
    }

    [Fact]
    public async Task Outputs_behind_a_link()
    {
        string elsewhere = _rig.Folder.Folder("elsewhere");
        _rig.Folder.File("elsewhere/x/kept", "kept");
        Directory.CreateSymbolicLink(_rig.PathOf("link"), elsewhere);
        await RefusedAsync(ErrorId.PathOutsideWorkspace, new CommandInputs(), "link/x");
        Assert.True(File.Exists(Path.Combine(elsewhere, "x/kept")));
    }

    [Fact]
    public async Task Inputs_that_are_not_there_or_are_given_twice()
    {
        await RefusedAsync(ErrorId.InputNotFound, new CommandInputs { Files = ["missing"] });
        await RefusedAsync(ErrorId.InvalidGlob, new CommandInputs { Globs = ["../*"] });
        await RefusedAsync(ErrorId.InvalidCommand, new CommandInputs { Others = [new("value", "v", FingerprintBuilder.OfValue("1")), new("value", "v", FingerprintBuilder.OfValue("2"))] });
    }

    [Fact]
    public void Nothing_to_run()
    {
        Fails.With(ErrorId.InvalidCommand, () => CommandLine.OfShell(" "));
        Fails.With(ErrorId.InvalidCommand, () => CommandLine.OfProgram("", [], _rig.Root));
        Fails.With(ErrorId.InvalidCommand, () => CommandLine.OfProgram("no-such-program-here", [], _rig.Root));
        Fails.With(ErrorId.InvalidCommand, () => CommandLine.OfProgram("./in", [], _rig.Root));
    }

    private async Task RefusedAsync(ErrorId id, CommandInputs inputs, params string[] outputs)
    {
        await Fails.WithAsync(id, () => _rig.UseAsync(_rig.Request(inputs, outputs)));
        Assert.Equal(0, _rig.Runs);
    }

    public void Dispose() => _rig.Dispose();
}
