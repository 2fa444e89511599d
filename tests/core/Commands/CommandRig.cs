using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>A workspace, a store, and a short way to run commands in the one with the other.</summary>
public sealed class CommandRig : IDisposable
{
    public static readonly CacheScope Project = CacheScope.Create([(ScopeKind.Project, "p")]);
    public static readonly CacheScope Branch = CacheScope.Create([(ScopeKind.Branch, "b")]);

    private readonly Rig _rig = new();

    public CommandRig()
    {
        Root = _rig.Folder.Folder("workspace");
        // The locks lie beside what the folder store keeps, and not in the user's home.
        _rig.Faulty.ShowsTiers = true;
    }

    public string Root { get; }

    public FaultyStore Store => _rig.Faulty;

    public EntryCatalog Catalog => _rig.Catalog;

    public TempFolder Folder => _rig.Folder;

    /// <summary>How many commands have really run.</summary>
    public int Runs { get; private set; }

    public string File(string relative, string content) => _rig.Folder.File($"workspace/{relative}", content);

    public string PathOf(string relative) => Path.Combine(Root, relative);

    public string? Read(string relative) => System.IO.File.Exists(PathOf(relative)) ? System.IO.File.ReadAllText(PathOf(relative)) : null;

    public CommandRequest Request(CommandInputs? inputs = null, params string[] outputs) =>
        new(Root, ["test"], [Project], inputs ?? new CommandInputs(), outputs, "test");

    public CommandCache Cache(CacheMode mode = CacheMode.ReadWrite) => new(Catalog, mode);

    /// <summary>Runs a command whose work is a method, or replays it.</summary>
    public async Task<Used> UseAsync(CommandRequest request, Action? work = null, CacheMode mode = CacheMode.ReadWrite, int exitCode = 0, params RecordedItem[] items)
    {
        using CommandRun run = await Cache(mode).BeginAsync(request, TestContext.Current.CancellationToken);
        if (run.Recording is { } recording)
        {
            return new Used(true, recording, run.Reason, run.TakeProblems());
        }

        Runs++;
        work?.Invoke();
        recording = new CommandRecording(items, exitCode);
        await run.CompleteAsync(recording, exitCode == 0, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        return new Used(false, recording, run.Reason, run.TakeProblems());
    }

    public void Dispose() => _rig.Dispose();
}

/// <summary>What became of a command.</summary>
public sealed record Used(bool IsHit, CommandRecording Recording, string Reason, IReadOnlyList<BuildCacheException> Problems)
{
    /// <summary>Asserts what it came to, and that nothing else came up.</summary>
    public Used Was(bool hit)
    {
        Assert.True(hit == IsHit, $"It was a {(IsHit ? "hit" : "miss")}: {Reason} {string.Join("; ", Problems.Select(problem => problem.Message))}");
        Assert.Empty(Problems);
        return this;
    }

    /// <summary>Asserts that one problem came up, of a kind.</summary>
    public BuildCacheException Warned(ErrorId id)
    {
        BuildCacheException problem = Assert.Single(Problems);
        Assert.Equal(id, problem.Id);
        return problem;
    }
}
