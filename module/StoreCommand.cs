using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Stores;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that use a store.</summary>
public abstract class StoreCommand : CacheCommand
{
    // A store that is away says so at every turn; the user hears of it once.
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>The URI or the directory of the store, or of several, near to far. Without it: BUILDCACHE_STORE, buildcache.json, the user's settings, the user's cache directory.</summary>
    [Parameter]
    public string[]? Store { get; set; }

    /// <summary>The settings in force.</summary>
    protected CacheSettings Settings { get; private set; } = null!;

    /// <summary>The entries of the store.</summary>
    protected EntryCatalog Catalog { get; private set; } = null!;

    /// <summary>Remembers the digests of the files that the command saves, or none.</summary>
    protected virtual HashMemory? Memory => null;

    /// <summary>Whether a store that fails is an error even if the command could do without it.</summary>
    protected virtual bool IsStrict => false;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        Settings = CacheSettings.Resolve(Workspace, new StoreArgument(FullPath, IsDrive).Resolve(Store));
        TellRefused(Settings.Refused.Except(Workspace.Refused));
        CacheStore store = CacheStore.Open(Settings.Store);
        Catalog = new EntryCatalog(store, Memory) { Purges = Settings.Mode.Purges() && store.AcceptsWrites };
        // What the setting says beyond the place may be secret.
        WriteVerbose($"The store is {string.Join(", then ", Catalog.Store.Tiers.Select(tier => tier.Store.Uri))}.");
    }

    /// <inheritdoc/>
    protected override BuildCacheException? AfterWork(BuildCacheException? failure)
    {
        if (failure is not null)
        {
            _told.Add(failure.Message);
        }

        foreach (StoreNotice notice in Catalog?.Store.TakeNotices() ?? [])
        {
            var problem = new BuildCacheException(notice.Id, notice.Message);
            if (failure is null && IsStrict && problem.IsStoreFailure && _told.Add(problem.Message))
            {
                failure = problem;
            }
            else
            {
                WarnOnce(problem);
            }
        }

        return failure;
    }

    /// <summary>Warns of a problem that the work goes on in spite of; from the second time on it is for those who ask for all.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="consequence">What becomes of the work, as a sentence.</param>
    protected void WarnOnce(BuildCacheException problem, string consequence = "")
    {
        string text = $"{problem.Message} {consequence}".TrimEnd();
        if (_told.Add(problem.Message))
        {
            WriteWarning(text);
        }
        else if (consequence.Length > 0)
        {
            WriteVerbose(text);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Catalog is not null)
        {
            // PowerShell disposes of a command when it is done, has failed or was stopped.
            Task.Run(() => Catalog.Store.DisposeAsync().AsTask()).GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }
}
