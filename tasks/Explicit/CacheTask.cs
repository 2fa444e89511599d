using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.MSBuild.Session;
using BuildCache.Stores;
using BuildCache.Trust;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>What the tasks share that a project calls by name. A problem with the cache is a warning: the task succeeds and says that it found nothing.</summary>
public abstract class CacheTask : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private SharedStore? _store;

    /// <summary>
    /// The store: a folder or a URI, or several, near to far, with <c>;</c> in between. By default what the environment or a settings file
    /// names; a project hands its property on with <c>Store="$(BuildCacheStore)"</c>.
    /// </summary>
    public string? Store { get; set; }

    /// <summary>Whom the entry is shared with, for example <c>team:core</c>. By default the project.</summary>
    public string? Scope { get; set; }

    /// <summary>How the cache is used: ReadWrite, ReadOnly, WriteOnly, Audit or Off.</summary>
    public string? Mode { get; set; }

    /// <summary>The root that paths are relative to. By default the one around the project.</summary>
    public string? WorkspaceRoot { get; set; }

    /// <summary>Is cancelled when the build is, or when the process is to end.</summary>
    private protected CancellationToken Stop => _stop.Token;

    /// <inheritdoc/>
    public void Cancel() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the task holds.</summary>
    protected virtual void Dispose(bool disposing) => _stop.Dispose();

    /// <inheritdoc/>
    public sealed override bool Execute()
    {
        using var signals = new TerminationSignals(_stop);
        try
        {
            // MSBuild runs a task in the folder of its project; one of several in a process, in a process of its own.
            string directory = Directory.GetCurrentDirectory();
            Workspace workspace = string.IsNullOrEmpty(WorkspaceRoot) ? Workspace.Find(directory) : Workspace.At(WorkspaceRoot);
            HashMemory memory = workspace.OpenHashMemory();
            var settings = CacheSettings.Resolve(workspace, Store, Scope, Mode);
            Tell(settings.Refused);
            Run(workspace, settings, memory);
            memory.Save();
        }
        catch (BuildCacheException error)
        {
            if (NeedsResult)
            {
                LogError(error.Id.Code, error.Message);
            }
            else
            {
                Warn(error);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (NeedsResult)
            {
                LogError(ErrorId.StoreUnavailable.Code, error.Message);
            }
            else
            {
                Warn(ErrorId.StoreUnavailable.Code, error.Message);
            }
        }
        catch (OperationCanceledException) when (Stop.IsCancellationRequested)
        {
            // MSBuild says that the build was stopped.
        }

        foreach (StoreNotice notice in _store?.Notices ?? [])
        {
            if (_store!.IsNews(notice.Id.Code, notice.Message))
            {
                Warn(notice.Id.Code, notice.Message);
            }
        }

        RunWithoutCache();
        return !Log.HasLoggedErrors;
    }

    /// <summary>Whether a build cannot go on without what the task gives. Then what it fails with is an error.</summary>
    private protected virtual bool NeedsResult => false;

    /// <summary>Does the work.</summary>
    private protected abstract void Run(Workspace workspace, CacheSettings settings, HashMemory memory);

    /// <summary>Does what has to be done when <see cref="Run"/> came to no end.</summary>
    private protected virtual void RunWithoutCache()
    {
    }

    /// <summary>Warns of settings that somebody made and that are not followed.</summary>
    private protected void Tell(IEnumerable<Setting> settings)
    {
        foreach (Setting setting in settings)
        {
            Warn(ErrorId.SettingRefused.Code, setting.Warning);
        }
    }

    /// <summary>Warns of a problem of the cache.</summary>
    private protected void Warn(BuildCacheException error)
    {
        // Each bad input is one of its own; a store that is away is one for the whole build.
        if (!error.IsStoreFailure || (_store?.IsNews(error.Id.Code, error.Message) ?? true))
        {
            Warn(error.Id.Code, error.Message);
        }
    }

    /// <summary>Opens the entries of the store in force.</summary>
    private protected EntryCatalog Open(CacheSettings settings, HashMemory memory)
    {
        _store = SharedStore.Of(BuildEngine4, settings.Store);
        return new EntryCatalog(_store.Store, memory) { Purges = settings.Mode.Purges() && _store.Store.AcceptsWrites };
    }

    /// <summary>Reports an error of the build.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What happened.</param>
    /// <param name="place">The file and the line, as in <c>buildcache.json(7)</c>; empty where it is the project.</param>
    private protected void LogError(string code, string message, string place = "")
    {
        (string? file, int line) = place.LastIndexOf('(') is > 0 and int open && int.TryParse(place.AsSpan(open + 1).TrimEnd(')'), out int number) ? (place[..open], number) : (null, 0);
        Log.LogError(null, code, null, file, line, 0, 0, 0, "{0}", "BuildCache: " + PrintableText.Line(message));
    }

    /// <summary>Warns, where a warning cannot become an error.</summary>
    private protected void Warn(string code, string message)
    {
        string text = "BuildCache: " + PrintableText.Line(message);
        if (BuildNode.MayWarn(BuildEngine8, code))
        {
            Log.LogWarning(null, code, null, null, 0, 0, 0, 0, "{0}", text);
        }
        else
        {
            Log.LogMessage(MessageImportance.High, "{0}", $"warning {code}: {text}");
        }
    }
}
