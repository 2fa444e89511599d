using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Puts back the files that were saved under a key.</summary>
[Cmdlet(VerbsData.Restore, "CacheEntry", SupportsShouldProcess = true)]
[OutputType(typeof(CacheLookupResult))]
public sealed class RestoreCacheEntryCommand : LookupCommand
{
    // As many damaged entries are passed over as a lookup passes over stale ones.
    private const int MostDamaged = 10;

    /// <summary>The directory that the saved paths are put below. By default the workspace root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Replaces a directory as a whole, also where it holds files that are in no cache.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process()
    {
        CacheKey key = Key.Resolve();
        string root = Destination is null ? Workspace.Root : FullPath(Destination);
        for (int damaged = 0; ; damaged++)
        {
            CacheLookupResult result = damaged < MostDamaged ? Find(key) : CacheLookupResult.Miss(key);
            if (result.Entry is not { } entry)
            {
                WriteObject(result);
                return;
            }

            if (!ShouldProcess(root, $"Restore the entry {entry.Key} ({ContentOf(entry)})"))
            {
                return;
            }

            try
            {
                Await($"Restoring {entry.Key}", async (progress, cancellation) =>
                {
                    await new EntryRestore(Catalog) { Force = Force }.RestoreAsync(entry, root, progress, cancellation);
                    return true;
                });
                WriteObject(result);
                return;
            }
            catch (BuildCacheException error) when (IsTolerable(error))
            {
                WarnOnce(error, "Taken as a miss.");
                WriteObject(CacheLookupResult.Miss(key, result.Stale));
                return;
            }
            catch (BuildCacheException error) when (!Strict && (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt))
            {
                // The catalog has removed the entry; the next lookup finds another one or none.
                WriteWarning($"{error.Message} The entry {entry.Key} is passed over.");
            }
        }
    }
}
