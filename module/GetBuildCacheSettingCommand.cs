using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Sources;
using BuildCache.Trust;

namespace BuildCache.PowerShell;

/// <summary>Shows every setting in force, who set it and where, and the settings that are not followed.</summary>
[Cmdlet(VerbsCommon.Get, "BuildCacheSetting")]
[OutputType(typeof(Setting))]
public sealed class GetBuildCacheSettingCommand : CacheCommand
{
    /// <summary>The names of settings; wildcards are allowed. Without it, all.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override object? Target => Workspace?.Root;

    /// <inheritdoc/>
    protected override void Complete()
    {
        WildcardPattern[] patterns = [.. Name.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase))];
        foreach (Setting setting in SettingList.Of(Workspace).Where(setting => Array.Exists(patterns, pattern => pattern.IsMatch(setting.Name))))
        {
            WriteObject(setting);
        }
    }

    // They are what this command gives.
    private protected override void TellRefused(IEnumerable<Setting> settings)
    {
    }
}
