using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Fetching;
using BuildCache.Stores;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>What the tasks share that work with sources.</summary>
/// <remarks>
/// Without its sources there is nothing to build, and nothing that could be done instead: so a source that cannot be had is an error,
/// unlike anything else that BuildCache does in a build. What only makes it slower, a cache or an asset service that is away while
/// another place has the source, stays a warning.
/// </remarks>
public abstract class SourceTask : CacheTask
{
    private AssetService? _service;
    private HashMemory? _memory;
    private CacheSettings? _settings;

    /// <summary>
    /// The sources: names that <c>buildcache.json</c> declares, with metadata <c>Ref</c> to have another ref than the declared one; or
    /// items with metadata <c>Url</c>, and <c>Kind</c>, <c>Track</c>, <c>Ref</c>, <c>Destination</c> and <c>Options</c>, a list as in <c>submodules=false;strip=1</c>.
    /// </summary>
    [Required]
    public ITaskItem[] Sources { get; set; } = [];

    /// <summary>The asset service; by default that of <c>BUILDCACHE_ASSET_SERVICE</c> or of the settings.</summary>
    public string? AssetService { get; set; }

    private protected sealed override bool NeedsResult => true;

    /// <summary>What the settings say of sources.</summary>
    private protected SourceSettings Settings { get; private set; } = null!;

    /// <summary>The workspace.</summary>
    private protected Workspace Workspace { get; private set; } = null!;

    private protected sealed override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        (Workspace, _settings, _memory) = (workspace, settings, memory);
        Settings = SourceSettings.Read(workspace, AssetService);
        Tell(Settings.Refused);
        try
        {
            List<(ITaskItem Item, SourceDeclaration Source)> sources = [];
            foreach (ITaskItem item in Sources)
            {
                try
                {
                    sources.Add((item, SourceOf(item)));
                }
                catch (BuildCacheException error)
                {
                    Fail(error, item.ItemSpec, "");
                }
            }

            Run(sources);
        }
        finally
        {
            _service?.Dispose();
        }
    }

    /// <summary>Does the work.</summary>
    private protected abstract void Run(IReadOnlyList<(ITaskItem Item, SourceDeclaration Source)> sources);

    /// <summary>The asset service in force.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: there is none.</exception>
    private protected AssetService Service => _service ??= Settings.AssetService is { } uri ? OpenService(uri)
        : throw new BuildCacheException(ErrorId.InvalidSetting, $"No asset service is named. Give AssetService, set {SourceSettings.AssetServiceVariable}, or 'assetService' in {Workspace.SettingsFileName}.");

    /// <summary>What puts sources into directories.</summary>
    /// <param name="push">Whether the asset service is told of what came from farther off.</param>
    /// <param name="remembers">Whether it is kept in mind what was staged where, as makes no sense of directories that go again.</param>
    private protected SourceStager Stager(bool push = false, bool remembers = false) => new(Settings.Places, Cache(), Settings.AssetService is null ? null : Service)
    {
        FetchFrom = Settings.FetchFrom,
        Push = push,
        SavesToCache = _settings!.Mode.Writes(),
        Records = remembers ? UserDirectories.StagedSources : null,
        Memory = _memory,
    };

    /// <summary>Does something with each source, several at a time; those that fail are errors.</summary>
    private protected void ForEach<T>(
        IReadOnlyList<(ITaskItem Item, SourceDeclaration Source)> sources, Func<SourceDeclaration, CancellationToken, ValueTask<T>> work, Action<ITaskItem, T> done)
        where T : class
    {
        IReadOnlyList<(T? Result, BuildCacheException? Failure)> results = SourceBatch.RunAsync([.. sources.Select(one => one.Source)], work, Stop).AsTask().GetAwaiter().GetResult();
        foreach (((ITaskItem item, SourceDeclaration source), (T? result, BuildCacheException? failure)) in sources.Zip(results))
        {
            if (failure is not null)
            {
                Fail(failure, source.Name, source.Place);
            }
            else
            {
                done(item, result!);
            }
        }
    }

    /// <summary>Reports that a source cannot be had.</summary>
    private protected void Fail(BuildCacheException error, string name, string place) =>
        LogError(error.Id.Code, error.Message.Contains($"'{name}'", StringComparison.Ordinal) ? error.Message : $"The source '{name}': {error.Message}", place);

    /// <summary>Warns of what came up on the way.</summary>
    private protected void Warn(IEnumerable<string> notices)
    {
        foreach (string notice in notices)
        {
            Warn(ErrorId.SourceUnavailable.Code, notice);
        }
    }

    // A setting of the store that makes no sense costs the cache, and not the sources.
    private EntryCatalog? Cache()
    {
        try
        {
            return _settings!.Mode == CacheMode.Off ? null : Open(_settings, _memory!);
        }
        catch (BuildCacheException error)
        {
            Warn(error.Id.Code, error.Message);
            return null;
        }
    }

    private SourceDeclaration SourceOf(ITaskItem item)
    {
        string? Metadata(string name) => item.GetMetadata(name) is { Length: > 0 } value ? value : null;
        SourceDeclaration source = Metadata("Url") is { } url
            ? new SourceDeclaration(item.ItemSpec, Metadata("Kind") ?? "git", url) { Track = Metadata("Track"), Options = OptionsOf(item.ItemSpec, Metadata("Options")) }
            : Settings.Find(item.ItemSpec);
        var options = new SortedDictionary<string, string>(source.Options.ToDictionary(), StringComparer.Ordinal);
        if (Metadata("Destination") is { } destination)
        {
            // A project's own paths are relative to its folder.
            options[SourceDirectory.Option] = Path.GetFullPath(destination);
        }

        return source with { Ref = Metadata("Ref") ?? source.Ref, Options = options };
    }

    private static SortedDictionary<string, string> OptionsOf(string name, string? text)
    {
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string option in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            options[option.Split('=')[0]] = option.Split('=', 2) is [_, var value] ? value
                : throw new BuildCacheException(ErrorId.InvalidSource, $"The option '{option}' of the source '{name}' has no value. Write it as in 'submodules=false;strip=1'.");
        }

        return options;
    }

    // The property has the name of the type.
    private AssetService OpenService(StoreSetting setting)
    {
        var service = BuildCache.Sources.Assets.AssetService.Open(setting, out IReadOnlyList<StoreNotice> notices);
        foreach (StoreNotice notice in notices)
        {
            Warn(notice.Id.Code, notice.Message);
        }

        return service;
    }
}
