using BuildCache.MSBuild.Compilation;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>All that one process does with the cache in one build: its sessions, what their compilations did, and the end of the build.</summary>
/// <remarks>MSBuild keeps it until the build is over, and then disposes it; in its multi-threaded mode every thread does so, at once. What a
/// process keeps from build to build, as MSBuild's server does, is not kept here.</remarks>
internal sealed class BuildTotals : IDisposable
{
    private const string Key = "BuildCache.Build";
    private static readonly Lock s_gate = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<SessionSettings, BuildSession> _sessions = [];
    private readonly Dictionary<string, Journal> _journals = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reports = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly List<CompilationRecord> _records = [];
    private bool _isTalking;
    private bool _isOver;

    private BuildTotals()
    {
        // A server keeps the time zone of its first client.
        TimeZoneInfo.ClearCachedData();
    }

    /// <summary>The totals of this process and this build.</summary>
    public static BuildTotals Of(IBuildEngine10 engine)
    {
        lock (s_gate)
        {
            if (engine.GetRegisteredTaskObject(Key, RegisteredTaskObjectLifetime.Build) is not BuildTotals totals)
            {
                totals = new BuildTotals();
                engine.RegisterTaskObject(Key, totals, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
            }

            totals._isTalking |= engine.EngineServices.LogsMessagesOfImportance(MessageImportance.High);
            return totals;
        }
    }

    /// <summary>Makes the build known before anything is compiled in this process: its main process tells of what the others do, too.</summary>
    /// <param name="settings">The settings of a project.</param>
    public void Expect(SessionSettings settings)
    {
        lock (_gate)
        {
            if (!_journals.ContainsKey(settings.WorkspaceRoot))
            {
                _journals.Add(settings.WorkspaceRoot, new Journal(settings.WorkspaceRoot));
            }

            if (settings.Report.Length > 0)
            {
                _reports.Add(Path.GetFullPath(settings.Report, settings.WorkspaceRoot));
            }
        }
    }

    /// <summary>The session for some settings.</summary>
    public BuildSession SessionOf(SessionSettings settings, Func<BuildSession> make)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(settings, out BuildSession? session))
            {
                _sessions.Add(settings, session = make());
            }

            return session;
        }
    }

    /// <summary>Adds what became of a compilation.</summary>
    public void Record(CompilationRecord record)
    {
        lock (_gate)
        {
            if (BuildNode.IsMain)
            {
                _records.Add(record);
            }
            else
            {
                _journals.Values.First().Add(record);
            }
        }
    }

    /// <summary>Whether this process has not told of something in this build. Asking makes it told.</summary>
    public bool IsNews(string message)
    {
        lock (_gate)
        {
            return _told.Add(message);
        }
    }

    /// <summary>Ends the build of this process.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            foreach (BuildSession session in _sessions.Values)
            {
                session.End();
            }

            if (BuildNode.IsMain)
            {
                foreach (Journal journal in _journals.Values)
                {
                    _records.AddRange(journal.Collect());
                }

                ProcessTotals.Add(_records, _reports, _isTalking);
            }
        }
    }
}
