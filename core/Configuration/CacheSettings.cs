using BuildCache.Keys;

namespace BuildCache.Configuration;

/// <summary>The settings in force: the caller's own, then the environment, then the workspace's file, then the user's, then the default.</summary>
/// <param name="Store">The URI or directory of the store; of several, near to far, a list with <c>;</c> in between.</param>
/// <param name="ExplainedScope">The scope that keys are made in, and where it comes from.</param>
/// <param name="Mode">How builds use the cache.</param>
public sealed record CacheSettings(string Store, ExplainedScope ExplainedScope, CacheMode Mode)
{
    /// <summary>The scope that keys are made in.</summary>
    public CacheScope Scope => ExplainedScope.Scope;

    /// <summary>The environment variable that names the store.</summary>
    public const string StoreVariable = "BUILDCACHE_STORE";

    /// <summary>The environment variable that gives the scope.</summary>
    public const string ScopeVariable = "BUILDCACHE_SCOPE";

    /// <summary>The environment variable that gives the mode.</summary>
    public const string ModeVariable = "BUILDCACHE_MODE";

    /// <summary>Works out the settings of a workspace.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="store">The caller's store; <see langword="null"/> or empty to leave it to the rest. Likewise the others.</param>
    /// <param name="scope">The caller's scope.</param>
    /// <param name="mode">The caller's mode.</param>
    /// <exception cref="BuildCacheException">A setting, wherever it comes from, is malformed.</exception>
    public static CacheSettings Resolve(Workspace workspace, string? store = null, string? scope = null, string? mode = null)
    {
        SettingsFile user = SettingsFile.Read(UserDirectories.SettingsFile);
        string own = Path.Combine(workspace.Root, Workspace.SettingsFileName);
        FoundValue First(string setting, string? caller, string variable, string? inWorkspace, string? ofUser, string otherwise) =>
            NotEmpty(caller) is { } given ? new FoundValue(given, "the parameter " + setting)
                : NotEmpty(Environment.GetEnvironmentVariable(variable)) is { } environment ? new FoundValue(environment, variable)
                : inWorkspace is not null ? new FoundValue(inWorkspace, $"'{setting.ToLowerInvariant()}' in {own}")
                : ofUser is not null ? new FoundValue(ofUser, $"'{setting.ToLowerInvariant()}' in {UserDirectories.SettingsFile}")
                : new FoundValue(otherwise, "the default");

        FoundValue scopeInForce = First(nameof(Scope), scope, ScopeVariable, workspace.Settings.Scope, user.Scope, "project");
        return new CacheSettings(
            First(nameof(Store), store, StoreVariable, InWorkspace(workspace), user.Store, UserDirectories.Store).Value,
            workspace.ExplainScope(scopeInForce.Value, scopeInForce.Source),
            ParseMode(First(nameof(Mode), mode, ModeVariable, workspace.Settings.Mode, user.Mode, nameof(CacheMode.ReadWrite)).Value));
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

    // The workspace's own file may name a folder of the workspace; a relative path from elsewhere has no folder to start at.
    private static string? InWorkspace(Workspace workspace) => workspace.Settings.Store is not { } stores ? null
        : string.Join(';', stores.Split(';').Select(store => store.Contains(':', StringComparison.Ordinal) ? store : Path.GetFullPath(store, workspace.Root)));

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
