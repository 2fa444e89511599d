using BuildCache.MSBuild.Compilers;

namespace BuildCache.MSBuild.Tests.Compilers;

/// <summary>What a key reads out of a command line.</summary>
public sealed class CompilerArgumentsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("buildcache-arguments-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_told_from_switches()
    {
        CompilerArguments arguments = Parse("/out:obj/a.dll /r:x=lib/x.dll,\"lib/a,b.dll\" /nowarn:1 /full/path/a.cs b.cs");
        Assert.Equal([At("/full/path/a.cs"), At("b.cs")], arguments.All.Where(argument => argument.Name.Length == 0).SelectMany(argument => argument.Paths));
        Assert.Equal([At("lib/x.dll"), At("lib/a,b.dll")], arguments.Of(SwitchRole.References).SelectMany(argument => argument.Paths));
        Assert.Equal(At("obj/a.dll"), arguments.Output(RoslynSwitches.Assembly));
    }

    [Theory]
    [InlineData("\"/logs/a.sarif;version=2.1\"")]
    [InlineData("/logs/a.sarif,version=2.1")]
    [InlineData("/logs/a.sarif")]
    public void A_log_has_options_behind_its_path(string value) => Assert.Equal(At("/logs/a.sarif"), Parse("/errorlog:" + value).Output(RoslynSwitches.Log));

    [Fact]
    public void Nested_response_files_are_read_and_one_that_names_itself_ends()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        File.WriteAllText(Path.Combine(_folder, "sub", "a.rsp"), "# comment\n/keyfile:key.snk\n@b.rsp");
        File.WriteAllText(Path.Combine(_folder, "sub", "b.rsp"), "/keycontainer:x @a.rsp");
        CompilerArguments arguments = Parse("@sub/a.rsp");
        Assert.Equal(2, arguments.ResponseFiles.Count);
        // A file name in a response file starts at the compiler's folder, the name of another response file at the folder of the first.
        Assert.Equal(At("key.snk"), arguments.Of(SwitchRole.File).Single().Paths.Single());
        Assert.NotEmpty(arguments.Of(SwitchRole.Bypass));
    }

    [Fact]
    public void An_unknown_switch_counts_and_so_does_a_file_that_it_names()
    {
        File.WriteAllText(Path.Combine(_folder, "data.bin"), "");
        CompilerArgument known = Parse("/future:data.bin").All[^1];
        Assert.Equal((SwitchRole.Value, At("data.bin")), (known.Switch.Role, known.Paths.Single()));
        Assert.Empty(Parse("/future:absent.bin").All[^1].Paths);
    }

    [Theory]
    [InlineData("/debug+ /debug:portable", true)]
    [InlineData("/debug:embedded", false)]
    [InlineData("/debug-", false)]
    [InlineData("/debug+ /refonly", false)]
    [InlineData("", false)]
    public void Symbols_are_expected_where_the_switches_say_so(string switches, bool expected) =>
        Assert.Equal(expected, CscDescription.Instance.Symbols(Parse("/out:obj/a.dll " + switches)) is not null);

    [Theory]
    [InlineData("/deterministic+ /out:a.dll", null)]
    [InlineData("/deterministic- /out:a.dll", "deterministic")]
    [InlineData("/deterministic+ /out:a.dll /doc", "by default")]
    public void Some_command_lines_are_bypassed(string line, string? reason)
    {
        string? actual = CscDescription.Instance.ReasonToBypass(Parse(line));
        Assert.True(reason is null ? actual is null : actual?.Contains(reason, StringComparison.Ordinal) == true, actual);
    }

    [Fact]
    public void An_argument_of_the_FSharp_compiler_is_a_line()
    {
        var arguments = CompilerArguments.Parse(FscDescription.Instance, "", "-o:obj/a b.dll\n--debug:portable\n-g\n--deterministic+\na b.fs", _folder, _folder);
        Assert.Equal(At("obj/a b.dll"), arguments.Output(RoslynSwitches.Assembly));
        Assert.Equal(At("obj/a b.pdb"), FscDescription.Instance.Symbols(arguments));
        Assert.Equal(At("a b.fs"), arguments.All.Single(argument => argument.Name.Length == 0).Paths.Single());
    }

    private CompilerArguments Parse(string responseFile) => CompilerArguments.Parse(CscDescription.Instance, "/noconfig", responseFile, _folder, _folder);

    private string At(string path) => Path.GetFullPath(path, _folder);
}
