using BuildCache.Configuration;
using BuildCache.Stores.RemoteExecution;
using BuildCache.Trust;

namespace BuildCache.Sources;

/// <summary>Lists all settings of all parts.</summary>
public static class SettingList
{
    /// <summary>The settings in force in a workspace, and those that are not followed.</summary>
    /// <exception cref="BuildCacheException">A setting, wherever it comes from, is malformed.</exception>
    public static IReadOnlyList<Setting> Of(Workspace workspace)
    {
        IReadOnlyList<Setting> all =
        [
            .. CacheSettings.Resolve(workspace).All,
            .. SourceSettings.Read(workspace).All,
            .. TrustSettings.List(),
            .. OfVariable(UserDirectories.HomeVariable, isSecret: false),
            .. OfVariable(Session.Variable, isSecret: false),
            .. OfVariable(Branch.Variable, isSecret: false),
            .. OfVariable(RemoteStoreUri.TokenVariable, isSecret: true),
        ];
        return [.. all.Where(setting => setting.Refused is null), .. all.Where(setting => setting.Refused is not null)];
    }

    private static IEnumerable<Setting> OfVariable(string name, bool isSecret) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? [new Setting(name, isSecret ? "(secret)" : value, SettingSource.Environment, name)] : [];
}
