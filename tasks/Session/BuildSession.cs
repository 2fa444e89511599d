using System.Collections.Concurrent;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Compilation;
using BuildCache.Stores;
using BuildCache.Trust;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>What the compilations of one process share for one build, if their settings are equal: settings, store, the memory of hashes.</summary>
/// <remarks>Safe for any number of compilations at a time: MSBuild's multi-threaded mode builds several projects in one process.</remarks>
internal sealed class BuildSession
{
    private readonly ConcurrentDictionary<string, HashedFile> _installed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Digest>> _compilers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Digest, bool> _typeProviders = new();
    private readonly BuildTotals _totals;
    private readonly HashMemory? _memory;
    private readonly EntryCatalog? _catalog;
    private readonly SharedStore? _store;
    private readonly IReadOnlyList<Setting> _refused = [];

    private BuildSession(IBuildEngine10 engine, BuildTotals totals, SessionSettings settings)
    {
        _totals = totals;
        Roots = new PathRoots(settings.WorkspaceRoot, settings.PackageRoot, settings.DotnetRoot);
        try
        {
            Workspace workspace = Workspace.At(settings.WorkspaceRoot);
            CacheSettings inForce = CacheSettings.Resolve(workspace, settings.Store, settings.Scope, settings.Mode);
            _memory = workspace.OpenHashMemory();
            _store = SharedStore.Of(engine, inForce.Store);
            _catalog = new EntryCatalog(_store.Store, _memory) { Purges = inForce.Mode.Purges() && _store.Store.AcceptsWrites };
            _refused = [.. inForce.Refused];
            Mode = inForce.Mode;
            Scope = inForce.Scope;
            HintOfIdentity = workspace.IsNamedByFolder && Scope.Pairs.Any(pair => pair.Kind == ScopeKind.Project)
                ? "without a git origin and without 'project' in buildcache.json, the project is known by its folder and this machine alone, so nothing made elsewhere is found; set 'project' in buildcache.json" : null;
        }
        catch (BuildCacheException error)
        {
            Problem = error;
            Scope = CacheScope.Global;
        }

        Hasher = new FileHasher(_memory, SourceScan.Mark);
    }

    /// <summary>The name that entries are signed with.</summary>
    public static string Creator { get; } = "BuildCache.MSBuild " + typeof(BuildSession).Assembly.GetName().Version?.ToString(3);

    /// <summary>Why the cache cannot be used in this build, or <see langword="null"/>.</summary>
    public BuildCacheException? Problem { get; }

    /// <summary>How the cache is used.</summary>
    public CacheMode Mode { get; }

    /// <summary>Whether compilations may come from the cache.</summary>
    public bool Reads => Mode.Reads();

    /// <summary>Whether compilations may be saved.</summary>
    public bool Writes => Mode.Writes() && Catalog.Store.AcceptsWrites;

    /// <summary>Whom entries are shared with.</summary>
    public CacheScope Scope { get; }

    /// <summary>What to add to the reason of a miss where the project is known by its folder only.</summary>
    public string? HintOfIdentity { get; }

    /// <summary>The folders that paths are named by.</summary>
    public PathRoots Roots { get; }

    /// <summary>Hashes files.</summary>
    public FileHasher Hasher { get; }

    /// <summary>The entries.</summary>
    public EntryCatalog Catalog => _catalog ?? throw new InvalidOperationException("A session with a problem has no catalog.");

    /// <summary>The session of this process, this build and these settings.</summary>
    public static BuildSession Of(IBuildEngine10 engine, SessionSettings settings)
    {
        BuildTotals totals = BuildTotals.Of(engine);
        return totals.SessionOf(settings, () => new BuildSession(engine, totals, settings));
    }

    /// <summary>Hashes a file. One that only installers write is looked at once in a build.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>.</exception>
    public HashedFile Hash(string path)
    {
        if (_installed.TryGetValue(path, out HashedFile known))
        {
            return known;
        }

        HashedFile hashed = Hasher.Hash(path);
        return Roots.IsInstalled(path) ? _installed.GetOrAdd(path, hashed) : hashed;
    }

    /// <summary>Stands for a compiler: every assembly in its folder.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>.</exception>
    public Digest DigestOfCompiler(string folder) => _compilers.GetOrAdd(folder, _ => new Lazy<Digest>(() => Fingerprint.Create(
        Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".dll" or ".rsp" or ".win32manifest")
            .Select(file => new FingerprintInput("compiler", Path.GetFileName(file), Hash(file).Digest))).Digest)).Value;

    /// <summary>Whether an assembly offers type providers.</summary>
    public bool ProvidesTypes(string path, HashedFile file) => _typeProviders.GetOrAdd(file.Digest, _ => AssemblyScan.ProvidesTypes(path));

    /// <summary>Adds to the report of the build.</summary>
    public void Record(CompilationRecord record) => _totals.Record(record);

    /// <summary>Warns of a problem with the cache, once a process and build.</summary>
    public void WarnOnce(IBuildEngine10 engine, Exception error) =>
        WarnOnce(engine, error is BuildCacheException known ? known.Id.Code : "BC2000", error.Message, " The build goes on without the cache.");

    /// <summary>Warns of something that the cache goes on in spite of, once a process and build.</summary>
    public void TellOnce(IBuildEngine10 engine, BuildCacheException notice) => WarnOnce(engine, notice.Id.Code, notice.Message, "");

    /// <summary>Warns of what the store had to tell meanwhile: of a tier that failed while another one answered, for one.</summary>
    public void TellNotices(IBuildEngine10 engine)
    {
        foreach (Setting setting in _refused)
        {
            WarnOnce(engine, ErrorId.SettingRefused.Code, setting.Warning, "");
        }

        foreach (StoreNotice notice in _store?.Notices ?? [])
        {
            // A compilation asks for nothing that a store may lack, except for the reason of a miss.
            if (notice.Id != ErrorId.UnsupportedByStore)
            {
                WarnOnce(engine, notice.Id.Code, notice.Message, "");
            }
        }
    }

    /// <summary>Ends the build of this session.</summary>
    public void End() => _memory?.Save();

    private void WarnOnce(IBuildEngine10 engine, string code, string message, string consequence)
    {
        if (!_totals.IsNews(code + message))
        {
            return;
        }

        // A task of another workspace, or one that a project calls by name, may have told of it; the report is this build's own.
        if (_store?.IsNews(code, message) ?? true)
        {
            string text = $"BuildCache: {message}{consequence}";
            if (BuildNode.MayWarn(engine, code))
            {
                engine.LogWarningEvent(new BuildWarningEventArgs(null, code, null, 0, 0, 0, 0, text, null, "BuildCache"));
            }
            else
            {
                engine.LogMessageEvent(new BuildMessageEventArgs($"warning {code}: {text}", null, "BuildCache", MessageImportance.High));
            }
        }

        Record(new CompilationRecord("", "", CompilationOutcome.Problem, Reason: $"{code}: {message}"));
    }
}
