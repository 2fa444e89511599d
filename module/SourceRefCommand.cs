using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Files;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Fetching;
using BuildCache.Stores;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that take a source from its places: declared ones, or one that is given by arguments.</summary>
public abstract class SourceRefCommand : SourceCommand
{
    /// <summary>The parameter set of declared sources.</summary>
    protected const string Declared = "Declared";

    /// <summary>The parameter set of a source that is given by arguments.</summary>
    protected const string ByUrl = "Url";

    private readonly List<SourceDeclaration> _selected = [];
    private AssetService? _service;
    private HashMemory? _memory;

    /// <summary>The address of a source that is not declared; it may begin with an alias.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    public string Url { get; set; } = "";

    /// <summary>The kind of that source: git, archive or file.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    public string Kind { get; set; } = "git";

    /// <summary>What of that source is followed: a branch, or tag: and a pattern.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNullOrEmpty]
    public string? Track { get; set; }

    /// <summary>What the kind of that source wants to know besides, as in @{ submodules = $false }.</summary>
    [Parameter(ParameterSetName = ByUrl)]
    [ValidateNotNull]
    public Hashtable? Option { get; set; }

    /// <summary>The asset service. Without it: BUILDCACHE_ASSET_SERVICE, buildcache.json, the user's settings.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AssetService { get; set; }

    /// <summary>The sources that were asked for, without those that are not declared.</summary>
    private protected IReadOnlyList<SourceDeclaration> Selected => _selected;

    /// <inheritdoc/>
    protected override HashMemory? Memory => _memory ??= Workspace.OpenHashMemory();

    /// <inheritdoc/>
    protected override SourceSettings ReadSources() => SourceSettings.Read(Workspace, AssetService);

    /// <inheritdoc/>
    protected sealed override void Process()
    {
        if (ParameterSetName == ByUrl)
        {
            _selected.Add(Adjust(OfArguments()));
        }
        else
        {
            _selected.AddRange((Name is null ? Sources.Sources : Find(Name)).Select(Adjust));
        }
    }

    /// <summary>Takes over what other arguments say of a source.</summary>
    private protected virtual SourceDeclaration Adjust(SourceDeclaration source) => source;

    /// <summary>The asset service in force.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: there is none.</exception>
    private protected AssetService Service => _service ??= Sources.AssetService is { } uri ? OpenService(uri)
        : throw new BuildCacheException(ErrorId.InvalidSetting, $"No asset service is named. Give -AssetService, set {SourceSettings.AssetServiceVariable}, or 'assetService' in {Workspace.SettingsFileName}.");

    /// <summary>What puts sources into directories, from the cache, the asset service if there is one, the mirrors and the origin.</summary>
    /// <param name="push">Whether the asset service is told of what came from farther off.</param>
    /// <param name="remembers">Whether it is kept in mind what was staged where, as makes no sense of directories that go again.</param>
    private protected SourceStager Stager(bool push = false, bool remembers = false) =>
        new(Sources.Places, Settings.Mode == CacheMode.Off ? null : Catalog, Sources.AssetService is null ? null : Service)
        {
            FetchFrom = Sources.FetchFrom,
            Push = push,
            SavesToCache = Settings.Mode.Writes(),
            Records = remembers ? UserDirectories.StagedSources : null,
            Memory = Memory,
        };

    /// <summary>Does something with each source, several at a time.</summary>
    private protected IReadOnlyList<(T? Result, BuildCacheException? Failure)> ForEach<T>(
        IReadOnlyList<SourceDeclaration> sources, Func<SourceDeclaration, CancellationToken, ValueTask<T>> work)
        where T : class
    {
        IReadOnlyList<(T?, BuildCacheException?)> results = Await(cancellation => SourceBatch.RunAsync(sources, work, cancellation));
        _memory?.Save();
        return results;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _service?.Dispose();
        }

        base.Dispose(disposing);
    }

    // The parameter has the name of the type.
    private AssetService OpenService(StoreSetting setting)
    {
        var service = BuildCache.Sources.Assets.AssetService.Open(setting, out IReadOnlyList<StoreNotice> notices);
        Warn(notices.Select(notice => notice.Message));
        return service;
    }

    private SourceDeclaration OfArguments() => new(Name is [var name] ? name : LastPart(Url), Kind, Url)
    {
        Track = Track,
        Options = new SortedDictionary<string, string>(
            (Option ?? []).Cast<DictionaryEntry>().ToDictionary(option => $"{option.Key}", option => Text(option.Value), StringComparer.Ordinal), StringComparer.Ordinal),
    };

    private static string LastPart(string url)
    {
        string last = url.Split('?', '#')[0].TrimEnd('/').Split('/', ':')[^1];
        return last.EndsWith(".git", StringComparison.Ordinal) ? last[..^4] : last;
    }

    // As JSON has them: the same option gives the same key wherever it is set.
    private static string Text(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        bool flag => flag ? "true" : "false",
        var other => Convert.ToString(other, CultureInfo.InvariantCulture) ?? "",
    };
}
