using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>The previous outputs come back unless the command succeeds, and are gone when it does.</summary>
public sealed class OutputsAsideTests : IDisposable
{
    private readonly CommandRig _rig = new();

    private CommandRequest Request => _rig.Request(outputs: ["gen", "made.txt", "logs/*.log", "new"]);

    [Theory]
    [InlineData(CacheMode.ReadWrite)]
    [InlineData(CacheMode.ReadOnly)]
    [InlineData(CacheMode.Audit)]
    public async Task After_a_failure_all_is_there_again_with_its_times(CacheMode mode)
    {
        IReadOnlyList<string> before = FillOutputs();
        (await _rig.UseAsync(Request, MakeHalf, mode, exitCode: 3)).Was(hit: false);
        Assert.Equal(before, Outputs());
        Assert.Equal(new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc), File.GetLastWriteTimeUtc(_rig.PathOf("gen/deep/old.cs")));
        // Nothing stood there: what the command made tells why it failed.
        Assert.Equal("half", _rig.Read("new/half.txt"));
    }

    [Fact]
    public async Task After_an_error_in_the_midst_and_after_a_run_that_is_given_up_all_is_there_again()
    {
        IReadOnlyList<string> before = FillOutputs();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _rig.UseAsync(Request, () =>
        {
            MakeHalf();
            throw new InvalidOperationException();
        }));
        Assert.Equal(before, Outputs());

        CommandRun run = await _rig.Cache().BeginAsync(Request, TestContext.Current.CancellationToken);
        Assert.NotEqual(before, Outputs());
        run.Dispose();
        Assert.Equal(before, Outputs());
    }

    [Fact]
    public async Task After_a_success_nothing_of_it_is_left()
    {
        FillOutputs();
        (await _rig.UseAsync(_rig.Request(outputs: ["gen", "made.txt", "logs/*.log"]), () =>
        {
            _rig.File("gen/a.cs", "a");
            _rig.File("made.txt", "m");
        })).Was(hit: false);
        Assert.Equal(["gen/a.cs", "made.txt"], Files());
    }

    [Fact]
    public async Task A_success_that_is_not_saved_keeps_what_it_made()
    {
        FillOutputs();
        _rig.Store.Failing.Add(Operation.PutEntry);
        Assert.NotEmpty((await _rig.UseAsync(_rig.Request(outputs: ["gen"]), () => _rig.File("gen/a.cs", "a"))).Problems);
        Assert.Equal("a", _rig.Read("gen/a.cs"));
        Assert.Null(_rig.Read("gen/deep/old.cs"));
    }

    [Fact]
    public async Task A_failure_that_is_kept_keeps_what_it_made()
    {
        FillOutputs();
        (await _rig.UseAsync(Request with { KeepsFailures = true }, MakeHalf, exitCode: 3)).Was(hit: false);
        Assert.Equal("half", _rig.Read("gen/half.cs"));
        Assert.Null(_rig.Read("gen/deep/old.cs"));
    }

    [Fact]
    public async Task An_empty_directory_stands_where_one_stood_with_its_mode()
    {
        FillOutputs();
        UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_rig.PathOf("gen"), mode);
        }

        // As protoc does it: it makes files in the directory that it is given, and no directory.
        (await _rig.UseAsync(_rig.Request(outputs: "gen"), () => File.WriteAllText(_rig.PathOf("gen/a.cs"), "a"))).Was(hit: false);
        Assert.Equal("a", _rig.Read("gen/a.cs"));
        Assert.Null(_rig.Read("gen/deep/old.cs"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(mode, File.GetUnixFileMode(_rig.PathOf("gen")));
        }
    }

    [Fact]
    public async Task A_directory_that_is_marked_as_read_only_goes_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such modes.");
        _rig.File("gen/locked/old.cs", "old");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_rig.PathOf("gen/locked"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        (await _rig.UseAsync(_rig.Request(outputs: "gen"), () => File.WriteAllText(_rig.PathOf("gen/a.cs"), "a"))).Was(hit: false);
        Assert.Equal(["gen/a.cs"], Files());
    }

    private IReadOnlyList<string> FillOutputs()
    {
        File.SetLastWriteTimeUtc(_rig.File("gen/deep/old.cs", "old"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        _rig.File("made.txt", "old");
        _rig.File("logs/old.log", "old");
        return Outputs();
    }

    private void MakeHalf()
    {
        _rig.File("gen/half.cs", "half");
        _rig.File("made.txt", "half");
        _rig.File("logs/old.log", "half");
        _rig.File("new/half.txt", "half");
    }

    // What stood there before, without what is new.
    private IReadOnlyList<string> Outputs() => [.. Directory.GetFileSystemEntries(_rig.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Select(path => Path.GetRelativePath(_rig.Root, path)).Where(path => !path.StartsWith("new", StringComparison.Ordinal) && !StagingName.Is(Path.GetFileName(path)))
        .Select(path => $"{path} {(File.Exists(_rig.PathOf(path)) ? _rig.Read(path) : "")}").Order(StringComparer.Ordinal)];

    private string[] Files() => [.. Directory.GetFiles(_rig.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Select(path => Path.GetRelativePath(_rig.Root, path).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)];

    public void Dispose() => _rig.Dispose();
}
