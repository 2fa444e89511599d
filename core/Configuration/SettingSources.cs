using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>Takes a setting from whoever comes first: the caller, the environment, the checkout, the user, the default.</summary>
/// <param name="ownFile">Full path of the checkout's settings file.</param>
internal sealed class SettingSources(string ownFile)
{
    /// <summary>The setting in force.</summary>
    /// <param name="name">Its name in a settings file.</param>
    /// <param name="caller">What the caller says, or nothing.</param>
    /// <param name="variable">The environment variable that sets it, if one does.</param>
    /// <param name="inCheckout">What the checkout says, or nothing.</param>
    /// <param name="ofUser">What the user's file says, or nothing.</param>
    /// <param name="otherwise">The default.</param>
    public Setting First(string name, string? caller, string? variable, string? inCheckout, string? ofUser, string otherwise) =>
        NotEmpty(caller) is { } given ? new Setting(name, given, SettingSource.Parameter, $"the parameter {char.ToUpperInvariant(name[0])}{name[1..]}")
        : variable is not null && NotEmpty(Environment.GetEnvironmentVariable(variable)) is { } environment ? new Setting(name, environment, SettingSource.Environment, variable)
        : inCheckout is not null ? new Setting(name, inCheckout, SettingSource.Checkout, $"'{name}' in {ownFile}")
        : ofUser is not null ? new Setting(name, ofUser, SettingSource.User, $"'{name}' in {UserDirectories.SettingsFile}")
        : new Setting(name, otherwise, SettingSource.Default, "the default");

    /// <summary>A text without space around it; <see langword="null"/> where nothing is left.</summary>
    public static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
