using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Trust;

namespace BuildCache.Stores;

/// <summary>Decides about stores and services that a checkout names: which of them get the user's credentials, and which are left out.</summary>
/// <param name="setting">The setting of the checkout.</param>
internal sealed class CheckoutStores(StoreSetting setting)
{
    private readonly TrustedHosts _hosts = setting.TrustedHosts.With(setting.OfUser.SelectMany(CacheStore.Split).Select(AddressOf).OfType<HostAddress>());
    private readonly List<StoreNotice> _notices = [];

    /// <summary>What the user should hear of.</summary>
    public IReadOnlyList<StoreNotice> Notices => _notices;

    /// <summary>
    /// The stores that are used. Where some are the user's and some are not, only the user's are: what comes from a farther one is kept in
    /// the nearer ones, and a checkout does not decide what goes into a store that the user trusts.
    /// </summary>
    public IReadOnlyList<string> Used(IReadOnlyList<string> stores)
    {
        List<string> own = [.. stores.Where(IsOfUser)];
        if (own.Count == 0 || own.Count == stores.Count)
        {
            return stores;
        }

        foreach (string store in stores.Except(own))
        {
            _notices.Add(new StoreNotice(ErrorId.CredentialsWithheld,
                $"'{SettingsFile.WithoutOptions(store)}' is left out: only the checkout '{setting.Workspace}' names it, together with stores that are yours, which would keep what comes from it. {Remedy(store)}"));
        }

        return own;
    }

    /// <summary>Takes a URI apart that gets credentials only if the user named its host.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public StoreUri Parse(string store)
    {
        var uri = StoreUri.Parse(store);
        if (AddressOf(uri) is { } address && !_hosts.Contains(address))
        {
            uri.HasCredentials = false;
            _notices.Add(new StoreNotice(ErrorId.CredentialsWithheld,
                $"'{uri.Uri}' is used without your credentials: only the checkout '{setting.Workspace}' names it. {Remedy(store)}"));
        }

        return uri;
    }

    /// <summary>Whether the user named a store or its host.</summary>
    public bool IsOfUser(string store) => setting.OfUser.Contains(store)
        || (AddressOf(store) is { } address ? _hosts.Contains(address)
        // What lies in the checkout came with it. GitHub's service is the one that the environment of the job names.
        : FolderOf(store) is not { } folder || !IsBelow(RealPath.Of(folder), RealPath.Of(setting.Workspace ?? "")));

    private static string Remedy(string store) => AddressOf(store) is { } address
        ? $"If you trust it, add \"{address}\" to 'trustedHosts' in '{UserDirectories.SettingsFile}'."
        : $"To use it, name it in '{UserDirectories.SettingsFile}', or by environment or parameter.";

    private static bool IsBelow(string path, string root) =>
        path == root || path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string? FolderOf(string store) => Path.IsPathFullyQualified(store) ? store
        : Uri.TryCreate(store, UriKind.Absolute, out Uri? uri) && uri.IsFile ? uri.LocalPath : null;

    private static HostAddress? AddressOf(string store)
    {
        try
        {
            return Path.IsPathFullyQualified(store) ? null : AddressOf(StoreUri.Parse(store));
        }
        catch (BuildCacheException)
        {
            // Whoever opens it says what is wrong with it.
            return null;
        }
    }

    // Of AWS itself the bucket is what somebody owns, and it is a host.
    private static HostAddress? AddressOf(StoreUri uri) => uri.Uri.Scheme switch
    {
        "grpc" or "grpcs" => new HostAddress(uri.Uri.IdnHost, uri.Uri.Port > 0 ? uri.Uri.Port : 443, uri.Uri.Scheme == "grpcs"),
        "s3" => Uri.TryCreate(uri.Peek("endpoint"), UriKind.Absolute, out Uri? endpoint)
            ? new HostAddress(endpoint.IdnHost, endpoint.Port, endpoint.Scheme == "https") : new HostAddress($"{uri.Uri.Host}.s3.amazonaws.com", 443, IsEncrypted: true),
        _ => null,
    };
}
