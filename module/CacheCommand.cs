using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Trust;

namespace BuildCache.PowerShell;

/// <summary>What all cmdlets share: the workspace around the current location, cancellation, errors, paths and progress.</summary>
public abstract class CacheCommand : PSCmdlet, IDisposable
{
    // Work that is done by then shows no progress bar.
    private static readonly TimeSpan s_progressEvery = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _waiting = [];

    /// <summary>The workspace around the current location.</summary>
    protected Workspace Workspace { get; private set; } = null!;

    /// <summary>Is cancelled when the command is stopped.</summary>
    protected CancellationToken Cancellation => _stop.Token;

    /// <summary>What an error is about.</summary>
    protected virtual object? Target => null;

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guard(Open, concernsAll: true);

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(Process);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(Complete);

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _stop.Cancel();

    /// <summary>Gets ready. What fails here concerns all input and ends the command.</summary>
    protected virtual void Open()
    {
        Workspace = Workspace.Find(SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        TellRefused(Workspace.Refused);
    }

    /// <summary>Warns of settings that somebody made and that are not followed.</summary>
    private protected virtual void TellRefused(IEnumerable<Setting> settings)
    {
        foreach (Setting setting in settings)
        {
            WriteWarning(setting.Warning);
        }
    }

    /// <summary>Handles one input. What fails here is an error of that input, and the next one is handled.</summary>
    protected virtual void Process()
    {
    }

    /// <summary>Handles what needs all input.</summary>
    protected virtual void Complete()
    {
    }

    /// <summary>Does something and reports the error that BuildCache finds with it.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="concernsAll">Whether an error ends the command; that of a store that is not there always does.</param>
    protected void Guard(Action action, bool concernsAll = false)
    {
        BuildCacheException? failure = null;
        try
        {
            action();
        }
        catch (BuildCacheException error)
        {
            failure = error;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }

        if (AfterWork(failure) is { } problem)
        {
            var record = new ErrorRecord(problem, problem.Id.Name, CategoryOf(problem.Id), Target);
            if (concernsAll || problem.IsStoreFailure)
            {
                ThrowTerminatingError(record);
            }

            WriteError(record);
        }
    }

    /// <summary>Reports an error of one of several things, and goes on with the others.</summary>
    /// <param name="problem">The error.</param>
    /// <param name="target">What it is about.</param>
    protected void Report(BuildCacheException problem, object? target) =>
        WriteError(new ErrorRecord(problem, problem.Id.Name, CategoryOf(problem.Id), target));

    /// <summary>Tells what came up during a piece of work, on the pipeline's own thread.</summary>
    /// <param name="failure">What the work failed with, if it did.</param>
    /// <returns>The error to report, if there is one.</returns>
    protected virtual BuildCacheException? AfterWork(BuildCacheException? failure) => failure;

    /// <summary>Waits for asynchronous work, which stops when the command is stopped.</summary>
    /// <param name="work">The work. It runs on another thread, so that a host with a synchronisation context cannot block it.</param>
    protected T Await<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        using var signals = new TerminationSignals(_stop);
        return Task.Run(() => work(_stop.Token).AsTask()).GetAwaiter().GetResult();
    }

    /// <summary>Waits as <see cref="Await{T}(Func{CancellationToken, ValueTask{T}})"/> does, and writes meanwhile what <see cref="TellWaiting"/> is told.</summary>
    /// <param name="work">The work.</param>
    protected T AwaitTelling<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        using var signals = new TerminationSignals(_stop);
        Task<T> task = Task.Run(() => work(_stop.Token).AsTask());
        while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(s_look))
        {
            while (_waiting.TryDequeue(out string? told))
            {
                WriteInformation(new HostInformationMessage { Message = told }, ["PSHOST"]);
            }
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>Tells for whom <see cref="AwaitTelling"/> waits; on any thread, while only the pipeline's own may write.</summary>
    protected void TellWaiting(string message) => _waiting.Enqueue(message);

    /// <summary>Stops the command when the process is to end, until what this gives is disposed of.</summary>
    protected IDisposable StopOnSignals() => new TerminationSignals(_stop);

    /// <summary>Waits for asynchronous work and shows how far it has come.</summary>
    /// <param name="activity">What is being done, for the progress bar.</param>
    /// <param name="work">The work.</param>
    protected T Await<T>(string activity, Func<IProgress<TransferProgress>, CancellationToken, ValueTask<T>> work)
    {
        using var signals = new TerminationSignals(_stop);
        var latest = new LatestProgress();
        Task<T> task = Task.Run(() => work(latest, _stop.Token).AsTask());
        var bar = new ProgressRecord(0, activity, "Listing files");
        // Only the pipeline's own thread may write.
        bool isShown = false;
        for (; !((IAsyncResult)task).AsyncWaitHandle.WaitOne(s_progressEvery); WriteProgress(bar))
        {
            isShown = true;
            if (latest.Value is { TotalFiles: > 0 } progress)
            {
                bar.StatusDescription = $"{progress.Files:N0} of {progress.TotalFiles:N0} files";
                bar.PercentComplete = (int)(100 * progress.Files / progress.TotalFiles);
            }
        }

        if (isShown)
        {
            bar.RecordType = ProgressRecordType.Completed;
            WriteProgress(bar);
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>The full path of a file or directory, which need not exist.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: the path is none of the file system.</exception>
    protected string FullPath(string path)
    {
        try
        {
            string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem"
                ? Path.TrimEndingDirectorySeparator(full)
                : throw new BuildCacheException(ErrorId.InputNotFound, $"'{path}' is a path of the provider {provider.Name}. Give a path of the file system.");
        }
        catch (SessionStateException error)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"'{path}' is no path of the file system: {error.Message}", error);
        }
    }

    /// <summary>Whether PowerShell has a drive of a name, which looks like a scheme.</summary>
    private protected bool IsDrive(string name) => SessionState.Drive.GetAll().Any(drive => drive.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The full paths of what a path with or without wildcards names.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: nothing.</exception>
    protected IEnumerable<string> ExistingPaths(string path)
    {
        string literal = FullPath(path);
        // A name that exists is meant as it stands, brackets and all.
        if (Path.Exists(literal))
        {
            return [literal];
        }

        Collection<string> matches = WildcardPattern.ContainsWildcardCharacters(path) ? SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _) : [];
        return matches.Count > 0 ? matches
            : throw new BuildCacheException(ErrorId.InputNotFound, $"There is no '{path}' ('{literal}'). Check the path, or run the step that makes it first.");
    }

    /// <summary>What an entry holds, for people: <c>3 files, 1.5 MB</c>.</summary>
    protected static string ContentOf(CacheEntry entry) => $"{entry.FileCount:N0} {(entry.FileCount == 1 ? "file" : "files")}, {ByteSize.Format(entry.Bytes)}";

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the command holds.</summary>
    protected virtual void Dispose(bool disposing) => _stop.Dispose();

    private static ErrorCategory CategoryOf(ErrorId id) => id.Name switch
    {
        nameof(ErrorId.InvalidCacheKey) or nameof(ErrorId.InvalidCacheId) or nameof(ErrorId.InvalidScope) or nameof(ErrorId.InvalidStoreUri)
            or nameof(ErrorId.InvalidGlob) or nameof(ErrorId.InvalidSetting) or nameof(ErrorId.PathOutsideWorkspace)
            or nameof(ErrorId.InvalidVolumeId) or nameof(ErrorId.InvalidMountPoint) or nameof(ErrorId.InvalidCommand)
            or nameof(ErrorId.UnknownAlias) or nameof(ErrorId.AliasCycle) or nameof(ErrorId.InvalidSource) or nameof(ErrorId.InvalidRef) => ErrorCategory.InvalidArgument,
        nameof(ErrorId.InputNotFound) or nameof(ErrorId.EntryNotFound) or nameof(ErrorId.BlobMissing) or nameof(ErrorId.StoreNotFound)
            or nameof(ErrorId.ResourceNotFound) or nameof(ErrorId.OutputNotFound) or nameof(ErrorId.VolumeNotFound)
            or nameof(ErrorId.SourceNotMirrored) or nameof(ErrorId.SourceNotDeclared) or nameof(ErrorId.RefNotFound) => ErrorCategory.ObjectNotFound,
        nameof(ErrorId.InvalidConfiguration) or nameof(ErrorId.UnsupportedFormat) or nameof(ErrorId.BlobCorrupt)
            or nameof(ErrorId.ChecksumDiffers) or nameof(ErrorId.InvalidArchive) => ErrorCategory.InvalidData,
        nameof(ErrorId.UnsupportedFile) => ErrorCategory.InvalidType,
        nameof(ErrorId.InputChanged) or nameof(ErrorId.VolumeInUse) => ErrorCategory.ResourceBusy,
        nameof(ErrorId.DestinationNotEmpty) => ErrorCategory.ResourceExists,
        nameof(ErrorId.OutputUnreadable) => ErrorCategory.ReadError,
        nameof(ErrorId.LockTimeout) => ErrorCategory.OperationTimeout,
        nameof(ErrorId.StoreUnavailable) or nameof(ErrorId.LockFailed) or nameof(ErrorId.SourceUnavailable) => ErrorCategory.ResourceUnavailable,
        nameof(ErrorId.DestinationUnavailable) or nameof(ErrorId.RemovalIncomplete) => ErrorCategory.WriteError,
        nameof(ErrorId.StoreAccessDenied) or nameof(ErrorId.SourceAccessDenied) => ErrorCategory.PermissionDenied,
        nameof(ErrorId.StoreNotTrusted) or nameof(ErrorId.InvalidSalt) or nameof(ErrorId.UnsafePath)
            or nameof(ErrorId.SettingRefused) or nameof(ErrorId.CredentialsWithheld)
            or nameof(ErrorId.InvalidSigningKey) or nameof(ErrorId.SignatureNotTrusted) => ErrorCategory.SecurityError,
        nameof(ErrorId.StoreUnsuitable) or nameof(ErrorId.StoreClockSkew) => ErrorCategory.InvalidOperation,
        nameof(ErrorId.UnsupportedByStore) => ErrorCategory.NotImplemented,
        _ => ErrorCategory.NotSpecified,
    };

    private sealed class LatestProgress : IProgress<TransferProgress>
    {
        private readonly Lock _gate = new();
        private TransferProgress _value;

        public TransferProgress Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }
        }

        public void Report(TransferProgress value)
        {
            lock (_gate)
            {
                _value = value;
            }
        }
    }
}
