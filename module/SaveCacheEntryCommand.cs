using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Saves files and directories under a key.</summary>
[Cmdlet(VerbsData.Save, "CacheEntry", SupportsShouldProcess = true)]
[OutputType(typeof(CacheEntry))]
public sealed class SaveCacheEntryCommand : StoreCommand
{
    // Paths may come through the pipeline one by one and belong to one entry, so all is saved at the end.
    private readonly List<(KeyArgument Key, List<string> Paths)> _saves = [];
    private HashMemory? _memory;
    private CacheScope? _scope;
    private KeyArgument? _current;

    /// <summary>The key to save under, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public KeyArgument Key { get; set; } = null!;

    /// <summary>The files and directories to save. Wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The directory that the saved paths are relative to. By default the workspace root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>The scope to save in, in place of that of the key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    /// <summary>How long the work took that the entry saves.</summary>
    [Parameter]
    public TimeSpan WorkDuration { get; set; }

    /// <summary>Saves links that lead out of what is saved, as those of a virtual environment or of npm workspaces do. Restore-CacheEntry has to allow them too.</summary>
    [Parameter]
    public SwitchParameter AllowOutsideLink { get; set; }

    /// <summary>Replaces the entry that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A store that cannot be used is an error, not a warning.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>Gives the entry that is under the key now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override object? Target => _current;

    /// <inheritdoc/>
    protected override bool IsStrict => Strict;

    /// <inheritdoc/>
    protected override HashMemory? Memory => _memory ??= Workspace.OpenHashMemory();

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _scope = Scope is null ? null : Workspace.ParseScope(Scope);
        Root = Root is null ? Workspace.Root : FullPath(Root);
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        // A key of the command line is the same object for each input, one of the pipeline is another each time.
        if (_saves.Count == 0 || !ReferenceEquals(_saves[^1].Key, Key))
        {
            _saves.Add((Key, []));
        }

        _saves[^1].Paths.AddRange(Path);
    }

    /// <inheritdoc/>
    protected override void Complete()
    {
        foreach ((KeyArgument given, List<string> paths) in _saves)
        {
            _current = given;
            Guard(() =>
            {
                CacheKey key = given.Resolve();
                // One path that is not there ends the save of its key: an entry is whole or is not.
                Save(_scope is null ? key : key.In(_scope), PathToSave.Below(Root!, paths.SelectMany(ExistingPaths)));
            });
        }

        _memory?.Save();
    }

    private void Save(CacheKey key, IReadOnlyList<PathToSave> paths)
    {
        if (!Settings.Mode.Writes())
        {
            WriteVerbose($"The mode is {Settings.Mode}, so nothing is saved: {key}");
            return;
        }

        if (!Catalog.Store.AcceptsWrites)
        {
            WriteVerbose($"No store may be written, so nothing is saved: {key}");
            return;
        }

        if (!ShouldProcess(key.ToString(), $"Save {string.Join(", ", paths.Select(path => path.Name))}"))
        {
            return;
        }

        // New-CacheKey hangs it on the key.
        var fingerprint = PSObject.AsPSObject(key).Properties[NewCacheKeyCommand.FingerprintProperty]?.Value as Fingerprint;
        var details = new EntryDetails(MyInvocation.MyCommand.Name, WorkDuration, fingerprint) { AllowsOutsideLinks = AllowOutsideLink, Placed = new PlacedDirectories() };
        try
        {
            SaveResult result = Await($"Saving {key}", (progress, cancellation) => Catalog.SaveAsync(key, paths, details, Force, progress, cancellation));
            WriteVerbose(result.Saved
                ? $"Saved {ContentOf(result.Entry)}: {key}"
                : $"A good entry is there and stays; -Force replaces it: {key}");
            if (PassThru)
            {
                WriteObject(result.Entry);
            }
        }
        catch (BuildCacheException error) when (error.IsStoreFailure && !Strict)
        {
            WarnOnce(error, "Nothing was saved.");
        }
    }
}
