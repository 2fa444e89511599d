using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>What makes a command run, and what a hit leaves behind.</summary>
public sealed class HitAndMissTests : IDisposable
{
    private static readonly string[] s_made = ["gen/sub/a.cs", "gen/b.cs", "a.txt", "tool", "many/x.o", "many/y.o"];

    private readonly CommandRig _rig = new();

    [Fact]
    public async Task A_hit_gives_back_what_the_run_made_wrote_and_returned()
    {
        _rig.File("in.txt", "1");
        CommandRequest request = _rig.Request(new CommandInputs { Files = ["in.txt"] }, "out.txt", "gen") with { WritesObjects = true };
        RecordedItem[] items = [new(CommandChannel.Output, "a"), new(CommandChannel.Error, "b ü\t\u001b[31mred\u001b[0m"), new(CommandChannel.Output, ""), RecordedItem.OfValue(CommandChannel.Information, new RecordedScalar("a\nb"))];
        void Work()
        {
            _rig.File("out.txt", "made");
            _rig.File("gen/sub/a.cs", "class A;");
        }

        (await _rig.UseAsync(request, Work, items: items)).Was(hit: false);
        IReadOnlyList<string> after = FolderPicture.Of(_rig.Root);
        File.Delete(_rig.PathOf("out.txt"));
        Directory.Delete(_rig.PathOf("gen"), recursive: true);
        Used second = (await _rig.UseAsync(request)).Was(hit: true);

        Assert.Equal(1, _rig.Runs);
        Assert.Equal(items, second.Recording.Items);
        Assert.Equal(0, second.Recording.ExitCode);
        Assert.Equal(after, FolderPicture.Of(_rig.Root));
    }

    [Fact]
    public async Task Every_kind_of_input_counts()
    {
        string variable = $"BUILDCACHE_TEST_{Guid.NewGuid():n}";
        string tool = _rig.Folder.File("tool", "#!/bin/sh");
        _rig.File("in.txt", "1");
        _rig.File("src/a.cs", "a");
        CommandInputs Inputs(string value) => new()
        {
            Files = ["in.txt"],
            Globs = ["src/**/*.cs"],
            EnvironmentVariables = [variable],
            Tools = [("tool", tool)],
            Others = [new FingerprintInput("value", "v", FingerprintBuilder.OfValue(value))],
        };
        string value = "1";
        Task<Used> UseAsync() => _rig.UseAsync(_rig.Request(Inputs(value)));
        await UseAsync();
        (await UseAsync()).Was(hit: true);

        (string Told, Action Change)[] changes =
        [
            ("file in.txt changed", () => _rig.File("in.txt", "2")),
            ("file src/b.cs added", () => _rig.File("src/b.cs", "b")),
            ("file src/b.cs removed", () => File.Delete(_rig.PathOf("src/a.cs"))),
            ("environment", () => Environment.SetEnvironmentVariable(variable, "x")),
            ("tool tool changed", () => File.WriteAllText(tool, "#!/bin/sh\n")),
            ("value v changed", () => value = "2"),
        ];
        try
        {
            foreach ((string told, Action change) in changes)
            {
                change();
                string expected = told.Replace("b.cs removed", "a.cs removed", StringComparison.Ordinal);
                Assert.Contains(expected, (await UseAsync()).Was(hit: false).Reason, StringComparison.Ordinal);
                (await UseAsync()).Was(hit: true);
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task A_name_an_output_or_a_program_of_another_kind_makes_another_command()
    {
        CommandRequest request = _rig.Request(outputs: ["a"]);
        void Work() => _rig.File("a", "");
        await _rig.UseAsync(request, Work);

        (await _rig.UseAsync(request with { Name = ["test", "x"] }, Work)).Was(hit: false);
        (await _rig.UseAsync(request with { Outputs = ["*.x"] }, Work)).Was(hit: false);
        (await _rig.UseAsync(request)).Was(hit: true);
    }

    [Fact]
    public async Task What_stood_in_the_outputs_before_is_gone_after_a_run_and_after_a_hit()
    {
        CommandRequest request = _rig.Request(outputs: ["gen", "*.log"]);
        void Work()
        {
            _rig.File("gen/a.cs", "a");
            _rig.File("new.log", "n");
        }

        _rig.File("gen/old.cs", "o");
        _rig.File("old.log", "o");
        (await _rig.UseAsync(request, Work)).Was(hit: false);
        IReadOnlyList<string> after = FolderPicture.Of(_rig.Root);
        Assert.Null(_rig.Read("gen/old.cs"));
        Assert.Null(_rig.Read("old.log"));

        _rig.File("gen/other.cs", "o");
        _rig.File("other.log", "o");
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal(after, FolderPicture.Of(_rig.Root));
    }

    [Fact]
    public async Task A_hit_leaves_outputs_alone_that_are_right_and_restores_the_others()
    {
        CommandRequest request = _rig.Request(outputs: ["gen", "a.txt", "tool", "many/*.o"]);
        void Work()
        {
            _rig.File("gen/sub/a.cs", "a");
            _rig.File("gen/b.cs", "b");
            _rig.File("a.txt", "a");
            _rig.File("tool", "t");
            _rig.File("many/x.o", "x");
            _rig.File("many/y.o", "y");
        }

        await _rig.UseAsync(request, Work);
        IReadOnlyList<string> after = FolderPicture.Of(_rig.Root);
        DateTime[] times = SetTimes();
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal(times, Times());

        _rig.File("gen/b.cs", "B");
        File.Delete(_rig.PathOf("many/y.o"));
        File.CreateSymbolicLink(_rig.PathOf("many/y.o"), _rig.Folder.File("elsewhere", "y"));
        SetTimes();
        File.Delete(_rig.PathOf("tool"));
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal(after, FolderPicture.Of(_rig.Root));
        Assert.Equal([false, false, true, false, true, false], Times().Select(time => time == times[0]));
        Assert.Equal("y", File.ReadAllText(_rig.Folder.PathOf("elsewhere")));
    }

    [Fact]
    public async Task A_hit_gives_an_output_its_mode_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no such mode.");
        CommandRequest request = _rig.Request(outputs: ["tool", "bin"]);
        void SetMode(bool executable)
        {
            UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (executable ? UnixFileMode.UserExecute : default);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_rig.File("tool", "t"), mode);
                File.SetUnixFileMode(_rig.File("bin/tool", "t"), mode);
            }
        }

        await _rig.UseAsync(request, () => SetMode(executable: true));
        IReadOnlyList<string> after = FolderPicture.Of(_rig.Root);
        SetMode(executable: false);
        Assert.NotEqual(after, FolderPicture.Of(_rig.Root));
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal(after, FolderPicture.Of(_rig.Root));
    }

    [Fact]
    public async Task A_failure_runs_again_unless_it_is_kept()
    {
        CommandRequest request = _rig.Request(outputs: ["a", "b"]);
        (await _rig.UseAsync(request, exitCode: 3)).Was(hit: false);
        (await _rig.UseAsync(request, exitCode: 3)).Was(hit: false);

        request = request with { KeepsFailures = true };
        (await _rig.UseAsync(request, () => _rig.File("a", "half"), exitCode: 3)).Was(hit: false);
        _rig.File("b", "of another time");
        Used hit = (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal(3, hit.Recording.ExitCode);
        Assert.Equal("half", _rig.Read("a"));
        Assert.Null(_rig.Read("b"));
    }

    [Fact]
    public async Task A_failure_that_others_keep_is_a_miss_and_a_success_takes_its_place()
    {
        CommandRequest request = _rig.Request(outputs: ["a"]);
        CommandRequest keeping = request with { KeepsFailures = true };
        (await _rig.UseAsync(keeping, () => _rig.File("a", "half"), exitCode: 3)).Was(hit: false);

        (await _rig.UseAsync(request, exitCode: 3)).Was(hit: false);
        Assert.Equal(3, (await _rig.UseAsync(keeping)).Was(hit: true).Recording.ExitCode);
        (await _rig.UseAsync(request, () => _rig.File("a", "whole"))).Was(hit: false);
        Assert.Equal(0, (await _rig.UseAsync(request)).Was(hit: true).Recording.ExitCode);
        Assert.Equal(0, (await _rig.UseAsync(keeping)).Was(hit: true).Recording.ExitCode);
        Assert.Equal("whole", _rig.Read("a"));
    }

    [Fact]
    public async Task A_failure_with_the_exit_code_0_is_one_too()
    {
        CommandRequest keeping = _rig.Request() with { KeepsFailures = true };
        using (CommandRun run = await _rig.Cache().BeginAsync(keeping, TestContext.Current.CancellationToken))
        {
            await run.CompleteAsync(new CommandRecording([], 0), succeeded: false, TimeSpan.Zero, TestContext.Current.CancellationToken);
        }

        Assert.True((await _rig.UseAsync(keeping)).Was(hit: true).Recording.IsFailure);
        (await _rig.UseAsync(_rig.Request())).Was(hit: false);
        Assert.False((await _rig.UseAsync(keeping)).Was(hit: true).Recording.IsFailure);
    }

    [Fact]
    public async Task An_audit_is_not_held_against_a_failure_that_others_keep()
    {
        (await _rig.UseAsync(_rig.Request() with { KeepsFailures = true }, exitCode: 3)).Was(hit: false);
        (await _rig.UseAsync(_rig.Request(), mode: CacheMode.Audit)).Was(hit: false);
    }

    [Fact]
    public async Task Scopes_are_looked_in_by_order_and_the_first_is_written()
    {
        CommandRequest project = _rig.Request();
        CommandRequest both = project with { Scopes = [CommandRig.Branch, CommandRig.Project] };
        await _rig.UseAsync(project, items: new RecordedItem(CommandChannel.Output, "project"));
        Assert.Equal("project", (await _rig.UseAsync(both)).Was(hit: true).Recording.Items[0].Line);

        await _rig.UseAsync(both with { Name = ["other"] }, items: new RecordedItem(CommandChannel.Output, "branch"));
        (await _rig.UseAsync(project with { Name = ["other"] })).Was(hit: false);
        Assert.Equal("branch", (await _rig.UseAsync(both with { Name = ["other"] })).Was(hit: true).Recording.Items[0].Line);
    }

    [Fact]
    public async Task Modes_do_what_they_say()
    {
        CommandRequest request = _rig.Request(outputs: ["a"]);
        void Work() => _rig.File("a", "1");
        (await _rig.UseAsync(request, Work, CacheMode.Off)).Was(hit: false);
        (await _rig.UseAsync(request, Work, CacheMode.ReadOnly)).Was(hit: false);
        (await _rig.UseAsync(request, Work, CacheMode.ReadWrite)).Was(hit: false);
        (await _rig.UseAsync(request, Work, CacheMode.WriteOnly)).Was(hit: false);
        (await _rig.UseAsync(request, Work, CacheMode.Off)).Was(hit: false);
        (await _rig.UseAsync(request, Work, CacheMode.ReadOnly)).Was(hit: true);
    }

    [Fact]
    public async Task An_audit_runs_it_and_names_what_is_not_the_same()
    {
        CommandRequest request = _rig.Request(outputs: ["a", "gen"]);
        void Work(string text)
        {
            _rig.File("a", "1");
            _rig.File("gen/b", text);
        }

        RecordedItem item = new(CommandChannel.Output, "x");
        await _rig.UseAsync(request, () => Work("1"), items: item);
        (await _rig.UseAsync(request, () => Work("1"), CacheMode.Audit, items: item)).Was(hit: false);
        string told = (await _rig.UseAsync(request, () => Work("2"), CacheMode.Audit)).Warned(ErrorId.AuditDifference).Message;
        Assert.Contains("(gen, what it prints)", told, StringComparison.Ordinal);
        Assert.Equal(3, _rig.Runs);
    }

    private DateTime[] Times() => [.. s_made.Select(file => File.GetLastWriteTimeUtc(_rig.PathOf(file)))];

    private DateTime[] SetTimes()
    {
        foreach (string file in s_made)
        {
            File.SetLastWriteTimeUtc(_rig.PathOf(file), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        }

        return Times();
    }

    public void Dispose() => _rig.Dispose();
}
