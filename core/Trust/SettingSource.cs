namespace BuildCache.Trust;

/// <summary>Who set a setting. Of two that set the same, the later one here counts, unless the setting says otherwise.</summary>
public enum SettingSource
{
    /// <summary>Nobody.</summary>
    Default,

    /// <summary>The user's own settings file.</summary>
    User,

    /// <summary>The settings file of a checkout, which may describe and not decide.</summary>
    Checkout,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>The parameter of a cmdlet or a task.</summary>
    Parameter,
}
