using BuildCache.Commands;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>What goes wrong with the cache never stops a command, and what may be wrong is not kept.</summary>
public sealed class TroubleTests : IDisposable
{
    private readonly CommandRig _rig = new();

    [Theory]
    [InlineData(Operation.GetEntry)]
    [InlineData(Operation.ReadFiles)]
    [InlineData(Operation.ReadBlob)]
    public async Task A_store_that_is_away_when_it_is_read(Operation operation)
    {
        CommandRequest request = _rig.Request(outputs: ["a"]);
        await _rig.UseAsync(request, () => _rig.File("a", "1"));
        File.Delete(_rig.PathOf("a"));
        _rig.Store.Failing.Add(operation);
        Used used = await _rig.UseAsync(request, () => _rig.File("a", "1"));
        Assert.False(used.IsHit);
        used.Warned(ErrorId.StoreUnavailable);
        Assert.Equal("1", _rig.Read("a"));
    }

    [Theory]
    [InlineData(Operation.PutEntry)]
    [InlineData(Operation.WriteFiles)]
    [InlineData(Operation.WriteBlob)]
    public async Task A_store_that_is_away_when_it_is_written(Operation operation)
    {
        _rig.Store.Failing.Add(operation);
        Used used = await _rig.UseAsync(_rig.Request(outputs: ["a"]), () => _rig.File("a", "1"));
        used.Warned(ErrorId.StoreUnavailable);
        Assert.Equal("1", _rig.Read("a"));
    }

    [Fact]
    public async Task A_store_that_cannot_list_does_not_explain()
    {
        await _rig.UseAsync(_rig.Request());
        _rig.Store.Failing.Add(Operation.ListEntries);
        (await _rig.UseAsync(_rig.Request(outputs: ["*.none"]))).Was(hit: false);
    }

    [Theory]
    [InlineData("other/file")]
    [InlineData("a")]
    [InlineData("")]
    public async Task An_entry_that_is_not_what_the_command_makes_is_replaced(string path)
    {
        // Somebody wrote it under the key: with a path that the command does not have, with no recording, or with nothing at all.
        _rig.File("other/file", "mine");
        CommandRequest request = _rig.Request(outputs: ["a"]);
        await _rig.UseAsync(request, () => _rig.File("a", "1"));
        CacheEntry entry = await EntryAsync();
        string hostile = _rig.Folder.File("hostile", "theirs");
        await _rig.Catalog.SaveAsync(entry.Key, path.Length > 0 ? [new PathToSave(path, hostile)] : [], new EntryDetails("x", Output: path == "a" ? "[]"u8.ToArray() : "{}"u8.ToArray()), replace: true, cancellationToken: TestContext.Current.CancellationToken);

        Used used = await _rig.UseAsync(request, () => _rig.File("a", "1"));
        Assert.False(used.IsHit);
        Assert.All(used.Problems, problem => Assert.Equal(ErrorId.BlobCorrupt, problem.Id));
        Assert.Equal("mine", _rig.Read("other/file"));
        Assert.Equal("1", _rig.Read("a"));
        (await _rig.UseAsync(request)).Was(hit: true);
    }

    [Fact]
    public async Task A_damaged_output_is_made_anew()
    {
        CommandRequest request = _rig.Request(outputs: ["a"]);
        await _rig.UseAsync(request, () => _rig.File("a", "made"));
        foreach (string blob in Directory.GetFiles(_rig.Folder.PathOf("store/blobs"), "*", SearchOption.AllDirectories).Where(blob => File.ReadAllText(blob) == "made"))
        {
            Rig.Overwrite(blob, "MADE"u8.ToArray());
        }

        File.Delete(_rig.PathOf("a"));
        Used used = await _rig.UseAsync(request, () => _rig.File("a", "made"));
        Assert.False(used.IsHit);
        (await _rig.UseAsync(request)).Was(hit: true);
        Assert.Equal("made", _rig.Read("a"));
    }

    [Fact]
    public async Task An_input_that_changes_while_it_runs()
    {
        _rig.File("in", "1");
        CommandRequest request = _rig.Request(new CommandInputs { Files = ["in"] });
        string told = (await _rig.UseAsync(request, () => _rig.File("in", "2"))).Warned(ErrorId.InputChanged).Message;
        Assert.Contains("file in changed", told, StringComparison.Ordinal);
        (await _rig.UseAsync(request)).Was(hit: false);
        _rig.File("in", "1");
        (await _rig.UseAsync(request)).Was(hit: false);
    }

    [Fact]
    public async Task An_output_that_an_input_glob_matches_by_its_name()
    {
        _rig.File("src/a.cs", "");
        CommandRequest request = _rig.Request(new CommandInputs { Globs = ["**/*.cs"] }, "gen");
        string told = (await _rig.UseAsync(request, () => _rig.File("gen/a.cs", ""))).Warned(ErrorId.InputChanged).Message;
        Assert.Contains("file gen/a.cs added", told, StringComparison.Ordinal);
        await Fails.WithAsync(ErrorId.InvalidCommand, () => _rig.UseAsync(request));
    }

    [Fact]
    public async Task An_output_that_is_not_made()
    {
        CommandRequest request = _rig.Request(outputs: ["a", "b"]);
        Assert.Contains("'b'", (await _rig.UseAsync(request, () => _rig.File("a", "1"))).Warned(ErrorId.OutputNotFound).Message, StringComparison.Ordinal);
        (await _rig.UseAsync(request, () => _rig.File("b", "1"))).Warned(ErrorId.OutputNotFound);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_secret_in_what_it_writes(bool prints)
    {
        const string Secret = "hunter2 & co";
        CommandRequest request = _rig.Request(outputs: ["a", "gen"]) with { Secrets = [Secret] };
        RecordedItem item = new(CommandChannel.Output, prints ? "<S>hunter2 &amp; co</S>" : "nothing");
        void Work()
        {
            _rig.File("a", "fine");
            _rig.File("gen/config", prints ? "fine" : $"key = {Secret}\n");
        }

        string told = (await _rig.UseAsync(request, Work, items: item)).Warned(ErrorId.SecretInOutput).Message;
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
        Assert.Contains(prints ? "what it prints" : "'gen'", told, StringComparison.Ordinal);
        string[] stored = Directory.GetFiles(_rig.Folder.Root, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(stored, file => !file.StartsWith(_rig.Root, StringComparison.Ordinal) && File.ReadAllText(file).Contains("hunter2", StringComparison.Ordinal));
        Assert.False((await _rig.UseAsync(request, Work)).IsHit);
    }

    [Fact]
    public async Task More_than_is_kept()
    {
        var recorder = new CommandRecorder();
        string line = new('x', 1024 * 1024);
        for (int i = 0; i < 65; i++)
        {
            recorder.Add(new RecordedItem(CommandChannel.Output, line));
        }

        Assert.Null(recorder.Finish(0));
        using CommandRun run = await _rig.Cache().BeginAsync(_rig.Request(), TestContext.Current.CancellationToken);
        await run.CompleteAsync(recorder.Finish(0), succeeded: true, TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal(ErrorId.InvalidCommand, Assert.Single(run.TakeProblems()).Id);
    }

    private async Task<CacheEntry> EntryAsync()
    {
        CacheKey all = CacheKey.Create(CommandRig.Project, ["command"]);
        await foreach (CacheEntry entry in _rig.Catalog.ListAsync(all, TestContext.Current.CancellationToken))
        {
            return entry;
        }

        throw new InvalidOperationException("There is no entry.");
    }

    public void Dispose() => _rig.Dispose();
}
