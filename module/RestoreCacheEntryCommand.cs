using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Puts back the files that were saved under a key.</summary>
[Cmdlet(VerbsData.Restore, "CacheEntry", SupportsShouldProcess = true)]
[OutputType(typeof(CacheLookupResult))]
public sealed class RestoreCacheEntryCommand : LookupCommand
{
    /// <summary>The directory that the saved paths are put below. By default the workspace root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>What the entry may hold: these paths, as they were saved, and what is below them. An entry that holds anything else is taken as a miss, with a warning.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Makes links that lead out of what was saved. Only for a store whose writers are trusted: what is written through such a link later is written where it leads.</summary>
    [Parameter]
    public SwitchParameter AllowOutsideLink { get; set; }

    /// <summary>Replaces a directory as a whole, also where it holds files that are in no cache.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process()
    {
        CacheKey key = Key.Resolve();
        string root = Destination is null ? Workspace.Root : FullPath(Destination);
        CacheLookupResult found = Find(key);
        if (found.Entry is not { } entry)
        {
            WriteObject(found);
            return;
        }

        if (!ShouldProcess(root, $"Restore the entry {entry.Key} ({ContentOf(entry)})"))
        {
            return;
        }

        try
        {
            var options = new RestoreOptions { AllowsOutsideLinks = AllowOutsideLink, Protects = Force ? null : new PlacedDirectories(), Expected = ExpectedPaths.Of(Workspace.Root, (Path ?? []).Select(FullPath)) };
            LookupResult restored = Await($"Restoring {entry.Key}", (progress, cancellation) => RestoreAsync(key, new LookupResult(found.Match, entry, found.Stale), root, options, progress, cancellation));
            foreach (CacheEntry damaged in restored.Stale.Except(found.Stale))
            {
                WriteWarning($"The store lost or damaged content of the entry {damaged.Key}. It is passed over.");
            }

            IReadOnlyList<string> placed = [.. (restored.Entry?.Paths ?? []).Select(path => System.IO.Path.Combine(root, path.Path))];
            WriteVerbose($"Put in place: {string.Join(", ", placed)}");
            WriteObject(new CacheLookupResult(key, restored.Match, restored.Entry, restored.Stale) { Placed = placed });
        }
        catch (BuildCacheException error) when (IsTolerable(error))
        {
            WarnOnce(error, "Taken as a miss.");
            WriteObject(CacheLookupResult.Miss(key, found.Stale));
        }
    }

    // Who asks for strictness is told of damage, and gets no other entry in its place.
    private async ValueTask<LookupResult> RestoreAsync(
        CacheKey key, LookupResult found, string root, RestoreOptions options, IProgress<TransferProgress> progress, CancellationToken cancellationToken)
    {
        if (!Strict)
        {
            return await Catalog.FindAndRestoreAsync(key, RestoreKeys, root, Scopes, options, found, progress, cancellationToken);
        }

        await Catalog.RestoreAsync(found.Entry!, root, options with { Times = found.Times }, progress, cancellationToken);
        return found;
    }
}
