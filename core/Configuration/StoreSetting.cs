using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>A store as a setting names it, and who did.</summary>
/// <param name="Text">Its URI or directory; of several, near to far, a list with <c>;</c> in between.</param>
/// <param name="Source">Who named it. One that only a checkout names is used without the user's credentials.</param>
public sealed record StoreSetting(string Text, SettingSource Source = SettingSource.Parameter)
{
    /// <summary>Full path of the checkout, where one named it.</summary>
    public string? Workspace { get; init; }

    /// <summary>The stores and services that the user named besides: what a checkout names at the same host gets credentials too.</summary>
    public IReadOnlyList<string> OfUser { get; init; } = [];

    /// <summary>The hosts that the user trusts by name.</summary>
    public TrustedHosts TrustedHosts { get; init; } = TrustedHosts.None;

    /// <summary>The text without options, which may be secret.</summary>
    public override string ToString() => SettingsFile.WithoutOptions(Text);
}
