using BuildCache.Configuration;
using BuildCache.Stores;
using BuildCache.Trust;

namespace BuildCache.Sources;

/// <summary>What the settings say of sources.</summary>
/// <param name="Sources">The declared sources, in their order.</param>
/// <param name="Places">The addresses of each.</param>
public sealed record SourceSettings(IReadOnlyList<SourceDeclaration> Sources, SourcePlaces Places)
{
    /// <summary>The environment variable that names the asset service.</summary>
    public const string AssetServiceVariable = CacheSettings.AssetServiceVariable;

    /// <summary>Where sources are fetched from.</summary>
    public PlacePolicy FetchFrom { get; init; } = PlacePolicy.All;

    /// <summary>Where branches are looked up.</summary>
    public PlacePolicy TrackFrom { get; init; } = PlacePolicy.Origin;

    /// <summary>The asset service, a store URI that begins with <c>grpc:</c> or <c>grpcs:</c>, and who named it; or none.</summary>
    public StoreSetting? AssetService { get; init; }

    /// <summary>All settings of sources, and those that are not followed.</summary>
    public IReadOnlyList<Setting> All { get; private init; } = [];

    /// <summary>The settings that somebody made and that are not followed.</summary>
    public IEnumerable<Setting> Refused => All.Where(setting => setting.Refused is not null);

    /// <summary>Who is asked for the commit that a branch is at.</summary>
    public TrackPolicy TrackBy { get; init; }

    /// <summary>Whether what was tracked and fetched natively is told to the asset service.</summary>
    public bool Push { get; init; }

    /// <summary>How old an answer of the asset service may be; <see langword="null"/> for any age.</summary>
    public TimeSpan? MaximumAge { get; init; }

    /// <summary>The declared source of a name.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.SourceNotDeclared"/>.</exception>
    public SourceDeclaration Find(string name) => Sources.FirstOrDefault(source => source.Name == name)
        ?? throw new BuildCacheException(ErrorId.SourceNotDeclared, Sources.Count == 0
            ? $"There is no source '{name}': none is declared. Declare it under 'sources' in {Workspace.SettingsFileName}."
            : $"There is no source '{name}'. Declared are {string.Join(", ", Sources.Select(source => source.Name))}.");

    /// <summary>Reads what a workspace and its user declare.</summary>
    /// <remarks>Of sources and aliases that both declare, the workspace's count. What says whom to ask, and how old an answer may be, is the
    /// user's where the user says it; mirrors of the user come first. What is pushed is the user's alone to say.</remarks>
    /// <param name="workspace">The workspace.</param>
    /// <param name="assetService">The caller's asset service; without one that of the environment counts, then that of the files.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>, with the file and the line.</exception>
    public static SourceSettings Read(Workspace workspace, string? assetService = null)
    {
        SourcesFile own = SourcesFile.Read(workspace.OwnFile, isUser: false);
        SourcesFile user = SourcesFile.Read(UserDirectories.SettingsFile, isUser: true);
        var userFile = SettingsFile.Read(UserDirectories.SettingsFile, SettingSource.User);
        var sources = new SettingSources(workspace.OwnFile);
        Setting OfUserFirst<T>(string name, T? byUser, T? byCheckout, string otherwise)
            where T : struct => byUser is { } first ? sources.First(name, null, null, null, $"{first}", otherwise) : sources.First(name, null, null, byCheckout is { } second ? $"{second}" : null, null, otherwise);

        var aliases = new Dictionary<string, string>(user.Aliases, StringComparer.Ordinal);
        foreach ((string name, string url) in own.Aliases)
        {
            aliases[name] = url;
        }

        IReadOnlyList<SourceMirror> mirrors = [.. user.Mirrors, .. own.Mirrors];
        Setting service = sources.First("assetService", assetService, AssetServiceVariable, workspace.Settings.AssetService, userFile.AssetService, "");
        var setting = new StoreSetting(service.Value, service.Source)
        {
            Workspace = workspace.Root,
            OfUser = CacheSettings.NamedByUser(userFile),
            TrustedHosts = userFile.TrustedHosts,
        };
        bool isOfCheckout = service.Source == SettingSource.Checkout && !CacheStore.IsOfUser(setting);
        var places = new SourcePlaces(new SourceAliases(aliases) { OfUser = user.Aliases.Keys.Except(own.Aliases.Keys).ToHashSet(StringComparer.Ordinal) }, mirrors, user.DefaultMirror ?? own.DefaultMirror)
        {
            // A service that the user did not name is told no address that only the user's own settings say.
            HidesOfUser = isOfCheckout,
            // As with the mirrors, the user's own come first: who knows what is near is whoever sits there.
            FetchOrder = PlaceOrder.Of(user.FetchOrder ?? own.FetchOrder, mirrors),
            TrackOrder = PlaceOrder.Of(user.TrackOrder ?? own.TrackOrder, mirrors),
        };
        Setting push = sources.First("push", null, null, null, user.Push is { } pushes ? pushes ? "true" : "false" : null, "false");
        List<Setting> refused = [];
        if (user.Push == true && isOfCheckout)
        {
            refused.Add(push with { Refused = $"Only the checkout names the asset service '{setting}', and nothing is sent to one that you did not name." });
            push = new Setting("push", "false", SettingSource.Default, "the default");
        }

        return new SourceSettings(own.Sources, places)
        {
            FetchFrom = user.FetchFrom ?? own.FetchFrom ?? PlacePolicy.All,
            TrackFrom = user.TrackFrom ?? own.TrackFrom ?? PlacePolicy.Origin,
            AssetService = service.Value.Length == 0 ? null : setting,
            TrackBy = user.TrackBy ?? own.TrackBy ?? TrackPolicy.Native,
            Push = push.Value == "true",
            MaximumAge = user.MaximumAge ?? own.MaximumAge,
            All =
            [
                OfUserFirst("fetchFrom", user.FetchFrom, own.FetchFrom, nameof(PlacePolicy.All)),
                OfUserFirst("trackFrom", user.TrackFrom, own.TrackFrom, nameof(PlacePolicy.Origin)),
                OfUserFirst("trackBy", user.TrackBy, own.TrackBy, nameof(TrackPolicy.Native)),
                service with { Value = $"{setting}" },
                push,
                OfUserFirst("maxAge", user.MaximumAge, own.MaximumAge, ""),
                .. refused,
            ],
        };
    }
}
