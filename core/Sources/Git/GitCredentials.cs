namespace BuildCache.Sources.Git;

/// <summary>The user name and password of an address, given to git without being in its arguments or in a file.</summary>
/// <remarks>
/// They are in the environment of the process, which only this user can read, and a credential helper prints them. A helper and not
/// <c>GIT_ASKPASS</c>: git itself compares scheme, host and port before it asks a helper, so that a redirect to another host gets
/// nothing, and no script has to lie anywhere. The empty value in front of it leaves out the helpers of the user, which would be told
/// to keep the password.
/// </remarks>
internal sealed class GitCredentials
{
    private const string UserVariable = "BUILDCACHE_GIT_USERNAME";
    private const string PasswordVariable = "BUILDCACHE_GIT_PASSWORD";
    private const string Helper = $$"""!f() { if test "$1" = get; then printf 'username=%s\npassword=%s\n' "${{UserVariable}}" "${{PasswordVariable}}"; fi; }; f""";

    private readonly string _host;
    private readonly string _user;
    private readonly string? _password;

    private GitCredentials(string host, string user, string? password) => (_host, _user, _password) = (host, user, password);

    /// <summary>What git is configured with.</summary>
    public IEnumerable<(string Name, string Value)> Settings => _password is null ? [($"credential.{_host}.username", _user)]
        : [($"credential.{_host}.helper", ""), ($"credential.{_host}.helper", Helper)];

    /// <summary>Takes the credentials out of an address.</summary>
    /// <param name="source">What it is for.</param>
    /// <param name="url">The address.</param>
    /// <returns>The address for git's arguments, and the credentials, if it has any.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSource"/>: they cannot be used.</exception>
    public static (string Address, GitCredentials? Credentials) Of(SourceDeclaration source, string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.UserInfo.Length == 0 || GitUrl.IsLocal(url) || !url.Contains("://", StringComparison.Ordinal))
        {
            // As SSH's short form, which has no password. What cannot be read as an address keeps nothing that looks like one.
            return (uri is null ? GitUrl.WithoutUser(url) : url, null);
        }

        string[] parts = [.. uri.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString)];
        if (parts.Any(part => part.Any(char.IsControl)))
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The user name or password in the address '{GitUrl.WithoutSecrets(url)}' of the source {source} has a control character, which git does not take. Correct it.");
        }

        string address = GitUrl.WithoutUser(url);
        return uri.Scheme is "http" or "https" or "ftp" or "ftps" ? (address, new GitCredentials($"{uri.Scheme}://{uri.Authority}", parts[0], parts.ElementAtOrDefault(1)))
            // SSH knows users; git takes no password for it.
            : (address.Replace("://", $"://{Uri.EscapeDataString(parts[0])}@", StringComparison.Ordinal), null);
    }

    /// <summary>Adds the secrets to the environment of git.</summary>
    public void AddTo(IDictionary<string, string?> environment)
    {
        if (_password is not null)
        {
            environment[UserVariable] = _user;
            environment[PasswordVariable] = _password;
        }
    }
}
