using System.Globalization;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Soaks;

/// <summary>Something that BuildCache does to files, in a directory of its own: done again and again by a process that may be killed at any point,
/// then checked by another one.</summary>
/// <param name="root">Full path of the directory.</param>
internal abstract class SoakScenario(string root)
{
    /// <summary>The file of the scenario's own notes.</summary>
    public const string LogName = "log";

    private HashSet<string>? _normal;

    /// <summary>Makes each of them.</summary>
    public static IReadOnlyDictionary<string, Func<string, SoakScenario>> All { get; } = new Dictionary<string, Func<string, SoakScenario>>(StringComparer.Ordinal)
    {
        ["save"] = root => new SaveScenario(root),
        ["restore"] = root => new RestoreScenario(root),
        ["prune"] = root => new PruneScenario(root),
        ["removal"] = root => new RemovalScenario(root),
        ["mount"] = root => new MountScenario(root),
        ["import"] = root => new ImportScenario(root),
        ["command"] = root => new CommandScenario(root),
    };

    /// <summary>Where the processes keep temporary files.</summary>
    public string Temporaries => PathOf("temp");

    protected string Work => PathOf("work");

    protected CacheVolumes Volumes => new(PathOf("volumes"));

    private string Log => PathOf(LogName);

    /// <summary>Makes what there is before the first step, does one, and notes which files there are normally.</summary>
    public async Task PrepareAsync()
    {
        foreach (string directory in (string[])[Work, Temporaries])
        {
            Directory.CreateDirectory(directory);
        }

        await File.WriteAllTextAsync(Log, "");
        await using (CacheStore store = OpenStore())
        {
            await BeginAsync(new EntryCatalog(store));
        }

        await DoAsync(0);
        SoakFindings findings = await CheckAsync();
        _normal = [.. Paths()];
        Assert.Empty((IEnumerable<string>)[.. findings.Lost, .. findings.Wrong]);
    }

    /// <summary>Does one step, and notes that in a file.</summary>
    public async Task DoAsync(int turn)
    {
        Note($"begin {turn}");
        await using CacheStore store = OpenStore();
        await StepAsync(new EntryCatalog(store), turn);
        Note($"done {turn}");
    }

    /// <summary>Uses what there is as a new process would, looks at all of it, and puts right what is wrong, so that each fault is found once.</summary>
    public async Task<SoakFindings> CheckAsync()
    {
        var findings = new SoakFindings();
        try
        {
            await using CacheStore store = OpenStore();
            var catalog = new EntryCatalog(store);
            AgeTemporaries();
            await CheckAsync(catalog, findings);
            // What a store leaves for a grace period is swept by a prune after it.
            await new EntryPruner(store, new FakeClock(TimeSpan.FromDays(1))).PruneAsync(new PrunePolicy());
            findings.LeftBehind.AddRange(Paths().Where(path => _normal?.Contains(path) == false));
            await File.WriteAllTextAsync(Log, "");
            if (findings.Lost.Count + findings.Wrong.Count > 0)
            {
                Directory.Delete(Work, recursive: true);
                Directory.CreateDirectory(Work);
                await BeginAsync(catalog);
            }
        }
        catch (BuildCacheException error)
        {
            findings.Wrong.Add($"the next use fails: {error.Id.Code} {error.Message}");
        }

        foreach (string path in findings.LeftBehind.Select(PathOf).OrderByDescending(path => path, StringComparer.Ordinal))
        {
            if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            {
                Directory.Delete(path);
            }
            else if (Path.Exists(Path.GetDirectoryName(path)))
            {
                // It may have gone with all the work above.
                File.Delete(path);
            }
        }

        return findings;
    }

    /// <summary>Makes what there is before the first step; also again, over what is left of it.</summary>
    protected abstract Task BeginAsync(EntryCatalog catalog);

    /// <summary>The work.</summary>
    protected abstract Task StepAsync(EntryCatalog catalog, int turn);

    /// <summary>The next use, and what it finds.</summary>
    protected abstract Task CheckAsync(EntryCatalog catalog, SoakFindings findings);

    protected string PathOf(string name) => Path.Combine(root, name);

    protected CacheStore OpenStore() => CacheStore.Open(PathOf("store"));

    /// <summary>The steps that were done, or begun, since the last check.</summary>
    protected IReadOnlyList<int> Turns(string state) =>
        [.. File.ReadAllLines(Log).Select(line => line.Split(' ')).Where(parts => parts[0] == state).Select(parts => int.Parse(parts[1], CultureInfo.InvariantCulture))];

    /// <summary>Restores an entry into a directory of the check's own, and notes what is not right about it.</summary>
    protected static async Task ExpectEntryAsync(EntryCatalog catalog, SoakFindings findings, CacheKey key, params int[] variants)
    {
        using var folder = new TempFolder();
        if ((await catalog.FindAndRestoreAsync(key, null, folder.Root)).Entry is null)
        {
            findings.Lost.Add($"the entry {key}");
        }
        else
        {
            findings.Expect(folder.PathOf("tree"), variants);
        }
    }

    /// <summary>Saves a tree as <c>tree</c>.</summary>
    protected static async Task SaveAsync(EntryCatalog catalog, CacheKey key, string tree, bool replace = false) =>
        await catalog.SaveAsync(key, [new PathToSave("tree", tree)], Rig.Details, replace);

    /// <summary>Does something that is the test's own work: a call that fails on purpose is made again.</summary>
    protected static void Insist(Action work)
    {
        for (int left = 5; ; left--)
        {
            try
            {
                work();
                return;
            }
            catch (Exception error) when (left > 0 && (error is IOException or UnauthorizedAccessException))
            {
                // Only the first call of a thread fails.
            }
        }
    }

    // A file that is being written has no lock, and is taken for a dead process's after an hour. All processes have ended by now.
    private void AgeTemporaries()
    {
        foreach (string path in Paths().Where(path => StagingName.Is(Path.GetFileName(path.AsSpan())) && path.EndsWith(StagingName.TemporarySuffix, StringComparison.Ordinal)))
        {
            File.SetLastWriteTimeUtc(PathOf(path), DateTime.UtcNow.AddHours(-2));
        }
    }

    private void Note(string line) => Insist(() => File.AppendAllText(Log, line + "\n"));

    // What the store holds is checked by its entries, and grows.
    private IEnumerable<string> Paths() =>
        Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(root, path))
            .Where(path => !path.StartsWith("store/blobs", StringComparison.Ordinal) && !path.StartsWith("store/entries", StringComparison.Ordinal));
}
