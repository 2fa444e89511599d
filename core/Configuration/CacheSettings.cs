using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>The settings in force: the caller's own, then the environment, then the workspace's file, then the user's, then the default.</summary>
/// <param name="Store">The store, and who named it.</param>
/// <param name="ExplainedScope">The scope that keys are made in, and where it comes from.</param>
/// <param name="Mode">How builds use the cache.</param>
public sealed record CacheSettings(StoreSetting Store, ExplainedScope ExplainedScope, CacheMode Mode)
{
    /// <summary>The scope that keys are made in.</summary>
    public CacheScope Scope => ExplainedScope.Scope;

    /// <summary>The environment variable that names the store.</summary>
    public const string StoreVariable = "BUILDCACHE_STORE";

    /// <summary>The environment variable that names the asset service.</summary>
    internal const string AssetServiceVariable = "BUILDCACHE_ASSET_SERVICE";

    /// <summary>The environment variable that gives the scope.</summary>
    public const string ScopeVariable = "BUILDCACHE_SCOPE";

    /// <summary>The environment variable that gives the mode.</summary>
    public const string ModeVariable = "BUILDCACHE_MODE";

    /// <summary>All of these settings, and those that are not followed.</summary>
    public IReadOnlyList<Setting> All { get; private init; } = [];

    /// <summary>The settings that somebody made and that are not followed.</summary>
    public IEnumerable<Setting> Refused => All.Where(setting => setting.Refused is not null);

    /// <summary>Works out the settings of a workspace.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="store">The caller's store; <see langword="null"/> or empty to leave it to the rest. Likewise the others.</param>
    /// <param name="scope">The caller's scope.</param>
    /// <param name="mode">The caller's mode.</param>
    /// <exception cref="BuildCacheException">A setting, wherever it comes from, is malformed.</exception>
    public static CacheSettings Resolve(Workspace workspace, string? store = null, string? scope = null, string? mode = null)
    {
        SettingsFile user = SettingsFile.Read(UserDirectories.SettingsFile, SettingSource.User);
        var sources = new SettingSources(workspace.OwnFile);
        Setting storeInForce = sources.First("store", store, StoreVariable, InWorkspace(workspace), user.Store, UserDirectories.Store);
        Setting scopeInForce = sources.First("scope", scope, ScopeVariable, workspace.Settings.Scope, user.Scope, "project");
        Setting modeInForce = sources.First("mode", mode, ModeVariable, workspace.Settings.Mode, user.Mode, nameof(CacheMode.ReadWrite));
        List<Setting> refused = [.. workspace.Refused];
        if (modeInForce.Source == SettingSource.Checkout && user.Mode is { } allowed && !ParseMode(allowed).Includes(ParseMode(modeInForce.Value)))
        {
            refused.Add(modeInForce with { Refused = $"Your own mode in '{UserDirectories.SettingsFile}' is {allowed}, and a checkout can only do with less. Use the parameter Mode or {ModeVariable} for more." });
            modeInForce = sources.First("mode", null, ModeVariable, null, user.Mode, "");
        }

        ExplainedScope explained = workspace.ExplainScope(scopeInForce.Value, scopeInForce.Place);
        var places = new StoreSetting(storeInForce.Value, storeInForce.Source)
        {
            Workspace = workspace.Root,
            OfUser = NamedByUser(user),
            TrustedHosts = user.TrustedHosts,
        };
        return new CacheSettings(places, explained, ParseMode(modeInForce.Value))
        {
            All =
            [
                workspace.ProjectSetting,
                storeInForce with { Value = SettingsFile.WithoutOptions(storeInForce.Value) },
                scopeInForce with { Value = explained.Scope.ToString() },
                modeInForce,
                .. user.TrustedHosts.Names.Count == 0 ? [] : (Setting[])[new Setting("trustedHosts", string.Join("; ", user.TrustedHosts.Names), SettingSource.User, $"'trustedHosts' in {UserDirectories.SettingsFile}")],
                .. refused,
            ],
        };
    }

    /// <summary>Reads a mode; case does not matter.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>.</exception>
    public static CacheMode ParseMode(string text)
    {
        foreach (CacheMode mode in Enum.GetValues<CacheMode>())
        {
            if (text.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return mode;
            }
        }

        throw new BuildCacheException(ErrorId.InvalidSetting, $"'{text}' is no mode. Use one of {string.Join(", ", Enum.GetNames<CacheMode>())}.");
    }

    /// <summary>The stores and services that the user named, in the settings file or the environment.</summary>
    internal static IReadOnlyList<string> NamedByUser(SettingsFile user) =>
        [.. new[] { user.Store, user.AssetService, Environment.GetEnvironmentVariable(StoreVariable), Environment.GetEnvironmentVariable(AssetServiceVariable) }.OfType<string>()];

    // The workspace's own file may name a folder of the workspace; a relative path from elsewhere has no folder to start at.
    private static string? InWorkspace(Workspace workspace) => workspace.Settings.Store is not { } stores ? null
        : string.Join(';', stores.Split(';').Select(store => store.Contains(':', StringComparison.Ordinal) ? store : Path.GetFullPath(store, workspace.Root)));
}
