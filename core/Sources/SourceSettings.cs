using BuildCache.Configuration;

namespace BuildCache.Sources;

/// <summary>What the settings say of sources.</summary>
/// <param name="Sources">The declared sources, in their order.</param>
/// <param name="Places">The addresses of each.</param>
public sealed record SourceSettings(IReadOnlyList<SourceDeclaration> Sources, SourcePlaces Places)
{
    /// <summary>The environment variable that names the asset service.</summary>
    public const string AssetServiceVariable = "BUILDCACHE_ASSET_SERVICE";

    /// <summary>Where sources are fetched from.</summary>
    public PlacePolicy FetchFrom { get; init; } = PlacePolicy.All;

    /// <summary>Where branches are looked up.</summary>
    public PlacePolicy TrackFrom { get; init; } = PlacePolicy.Origin;

    /// <summary>The asset service, a store URI that begins with <c>grpc:</c> or <c>grpcs:</c>; or none.</summary>
    public string? AssetService { get; init; }

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

    /// <summary>Reads what a workspace and its user declare. Of what both set, the workspace's counts; mirrors of the user come first.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="assetService">The caller's asset service; without one that of the environment counts, then that of the files.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>, with the file and the line.</exception>
    public static SourceSettings Read(Workspace workspace, string? assetService = null)
    {
        SourcesFile own = SourcesFile.Read(Path.Combine(workspace.Root, Workspace.SettingsFileName), isUser: false);
        SourcesFile user = SourcesFile.Read(UserDirectories.SettingsFile, isUser: true);
        var aliases = new Dictionary<string, string>(user.Aliases, StringComparer.Ordinal);
        foreach ((string name, string url) in own.Aliases)
        {
            aliases[name] = url;
        }

        IReadOnlyList<SourceMirror> mirrors = [.. user.Mirrors, .. own.Mirrors];
        var places = new SourcePlaces(new SourceAliases(aliases) { OfUser = user.Aliases.Keys.Except(own.Aliases.Keys).ToHashSet(StringComparer.Ordinal) }, mirrors, user.DefaultMirror ?? own.DefaultMirror)
        {
            // A service that the user did not name is told no address that only the user's own settings say.
            HidesOfUser = (NotEmpty(assetService) ?? NotEmpty(Environment.GetEnvironmentVariable(AssetServiceVariable))) is null && own.AssetService is not null,
            // As with the mirrors, the user's own come first: who knows what is near is whoever sits there.
            FetchOrder = PlaceOrder.Of(user.FetchOrder ?? own.FetchOrder, mirrors),
            TrackOrder = PlaceOrder.Of(user.TrackOrder ?? own.TrackOrder, mirrors),
        };
        return new SourceSettings(own.Sources, places)
        {
            FetchFrom = own.FetchFrom ?? user.FetchFrom ?? PlacePolicy.All,
            TrackFrom = own.TrackFrom ?? user.TrackFrom ?? PlacePolicy.Origin,
            AssetService = NotEmpty(assetService) ?? NotEmpty(Environment.GetEnvironmentVariable(AssetServiceVariable)) ?? own.AssetService ?? user.AssetService,
            TrackBy = own.TrackBy ?? user.TrackBy ?? TrackPolicy.Native,
            Push = own.Push ?? user.Push ?? false,
            MaximumAge = own.MaximumAge ?? user.MaximumAge,
        };
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
