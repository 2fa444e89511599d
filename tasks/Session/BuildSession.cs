using System.Diagnostics;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.MSBuild.Compilation;
using BuildCache.Stores;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>What the compilations of one node share for one build: settings, store, the memory of hashes, and the journal.</summary>
internal sealed class BuildSession : IDisposable
{
    private static readonly Lock s_gate = new();
    private static readonly List<CompilationRecord> s_recordsOfProcess = [];

    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly HashMemory? _memory;
    private readonly Journal _journal;
    private readonly string _report;
    private readonly EntryCatalog? _catalog;
    private readonly SharedStore? _store;
    private bool _recorded;

    private BuildSession(IBuildEngine4 engine, CachingOptions options)
    {
        _report = options.Report.Length > 0 ? Path.GetFullPath(options.Report, options.WorkspaceRoot) : "";
        Roots = new PathRoots(options.WorkspaceRoot, options.PackageRoot, options.DotnetRoot);
        _journal = new Journal(options.WorkspaceRoot, BuildNode.IsMain);
        try
        {
            Workspace workspace = Workspace.At(options.WorkspaceRoot);
            CacheSettings settings = CacheSettings.Resolve(workspace, options.Store, options.Scope, options.Mode);
            _memory = workspace.OpenHashMemory();
            _store = SharedStore.Of(engine, settings.Store);
            _catalog = new EntryCatalog(_store.Store, _memory) { Purges = settings.Mode != CacheMode.ReadOnly && _store.Store.AcceptsWrites };
            Mode = settings.Mode;
            Scope = settings.Scope;
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

    public CacheMode Mode { get; }

    public bool Reads => Mode is CacheMode.ReadWrite or CacheMode.ReadOnly;

    public bool Writes => Mode is not CacheMode.ReadOnly && Catalog.Store.AcceptsWrites;

    public CacheScope Scope { get; }

    public PathRoots Roots { get; }

    public FileHasher Hasher { get; }

    public EntryCatalog Catalog => _catalog ?? throw new InvalidOperationException("A session with a problem has no catalog.");

    /// <summary>The session of this node, this build and these settings.</summary>
    public static BuildSession Of(IBuildEngine4 engine, CachingOptions options)
    {
        // A record of strings is equal by value; what differs from project to project is left out of it.
        object key = ("BuildCache", options with { ProjectDirectory = "", ProjectFile = "", TaskAssembly = "" });
        lock (s_gate)
        {
            if (engine.GetRegisteredTaskObject(key, RegisteredTaskObjectLifetime.Build) is BuildSession known)
            {
                return known;
            }

            var session = new BuildSession(engine, options);
            engine.RegisterTaskObject(key, session, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
            return session;
        }
    }

    /// <summary>Adds to the report of the build.</summary>
    public void Record(CompilationRecord record)
    {
        _recorded = true;
        _journal.Add(record);
    }

    /// <summary>Warns of a problem with the cache, once a node.</summary>
    public void WarnOnce(IBuildEngine10 engine, Exception error) =>
        WarnOnce(engine, error is BuildCacheException known ? known.Id.Code : "BC2000", error.Message, " The build goes on without the cache.");

    /// <summary>Warns of what the store had to tell meanwhile: of a tier that failed while another one answered, for one.</summary>
    public void TellNotices(IBuildEngine10 engine)
    {
        foreach (StoreNotice notice in _store?.Notices ?? [])
        {
            // A compilation asks for nothing that a store may lack, except for the reason of a miss.
            if (notice.Id != ErrorId.UnsupportedByStore)
            {
                WarnOnce(engine, notice.Id.Code, notice.Message, "");
            }
        }
    }

    private void WarnOnce(IBuildEngine10 engine, string code, string message, string consequence)
    {
        lock (_warned)
        {
            if (!_warned.Add(code + message))
            {
                return;
            }
        }

        // A task of another workspace, or one that a project calls by name, may have told of it; the report is this session's own.
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

    /// <summary>Ends the build of this node. MSBuild calls it when all projects of the build are done, on every node.</summary>
    public void Dispose()
    {
        _memory?.Save();
        if (!_recorded || !BuildNode.IsMain)
        {
            return;
        }

        using var process = Process.GetCurrentProcess();
        IReadOnlyList<CompilationRecord> records = _journal.Collect(process.StartTime.ToUniversalTime());
        lock (s_gate)
        {
            // A build of several workspaces, with a submodule for one, has a session for each and one line for all.
            if (s_recordsOfProcess.Count == 0)
            {
                BuildNode.PrintAtEnd(() => new BuildSummary(s_recordsOfProcess).ToString());
            }

            s_recordsOfProcess.AddRange(records);
            if (_report.Length > 0)
            {
                new BuildSummary(s_recordsOfProcess).TryWrite(_report);
            }
        }
    }
}
