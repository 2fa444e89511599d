namespace BuildCache.Trust;

/// <summary>
/// What the settings file of a checkout may say. It may describe: the project, a scope, sources and where they are, the address of a
/// store. It may not decide: which credentials or files with credentials are used, which hosts get them, what is sent where, whom to trust.
/// </summary>
internal static class CheckoutRule
{
    // Of a store's URI: what is part of the address, and what makes the store no more than readable.
    private static readonly string[] s_describing = ["readonly", "endpoint", "region", "pathStyle"];

    /// <summary>Why a checkout may not set a setting, in sentences; <see langword="null"/> where it may.</summary>
    /// <param name="name">The name of the setting.</param>
    /// <param name="userFile">The user's own settings file.</param>
    public static string? WhyRefused(string name, string userFile) => name switch
    {
        "push" => $"A checkout does not decide what is sent to an asset service. Set it in '{userFile}', or give the parameter Push.",
        "trustedHosts" or "trust" or "signingKey" => $"A checkout does not decide whom to trust. Set it in '{userFile}'.",
        _ => null,
    };

    /// <summary>Why a checkout may not name a store or an asset service, in sentences; <see langword="null"/> where it may.</summary>
    /// <param name="store">One store: a directory or a URI.</param>
    /// <param name="userFile">The user's own settings file.</param>
    public static string? WhyStoreRefused(string store, string userFile)
    {
        if (IsNetworkShare(store))
        {
            return $"To open a network share is to log in to it, and a checkout does not decide where. Set it in '{userFile}', or by environment or parameter.";
        }

        int query = store.IndexOf('?', StringComparison.Ordinal);
        string? deciding = query < 0 || Path.IsPathFullyQualified(store) ? null
            : store[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split('=')[0])
                .FirstOrDefault(name => !s_describing.Contains(name, StringComparer.Ordinal));
        return deciding is null ? null
            : $"A checkout may name a store and not the option '{deciding}', which decides about credentials. Set the store in '{userFile}', or by environment or parameter.";
    }

    /// <summary>Whether a path or URI names a network share: on Windows to open one is to log in to it. The same on every system, so that a checkout means the same.</summary>
    public static bool IsNetworkShare(string store) =>
        (store.Length > 1 && store[0] is '/' or '\\' && store[1] is '/' or '\\')
        || (Uri.TryCreate(store, UriKind.Absolute, out Uri? uri) && uri.IsFile && (uri.IsUnc || uri.Host is not ("" or "localhost")));
}
