using System.Globalization;

namespace BuildCache.Trust;

/// <summary>The hosts that a user named, to which credentials may go.</summary>
public sealed class TrustedHosts
{
    private readonly IReadOnlyList<Host> _hosts;

    private TrustedHosts(IReadOnlyList<Host> hosts, IReadOnlyList<string> names) => (_hosts, Names) = (hosts, names);

    /// <summary>No host.</summary>
    public static TrustedHosts None { get; } = new([], []);

    /// <summary>The names, as they were given.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// Reads the names of hosts: <c>cache.example.org</c> for its port 443, <c>cache.example.org:8980</c>, <c>*.example.org</c> for every
    /// host below a domain, and with <c>http://</c> or <c>grpc://</c> before it one that is spoken to without TLS.
    /// </summary>
    /// <param name="names">The names.</param>
    /// <param name="invalid">Is given the first name that is none.</param>
    /// <returns><see langword="null"/> where one is none.</returns>
    public static TrustedHosts? Parse(IEnumerable<string> names, out string? invalid)
    {
        List<Host> hosts = [];
        string[] all = [.. names];
        foreach (string name in all)
        {
            if (Host.Parse(name) is not { } host)
            {
                invalid = name;
                return null;
            }

            hosts.Add(host);
        }

        invalid = null;
        return new TrustedHosts(hosts, all);
    }

    /// <summary>These hosts, and those of addresses that the user gave.</summary>
    public TrustedHosts With(IEnumerable<HostAddress> addresses) =>
        new([.. _hosts, .. addresses.Select(address => new Host(Normal(address.Name), IsWildcard: false, address.Port, address.IsEncrypted))], Names);

    /// <summary>Whether credentials may go to an address.</summary>
    public bool Contains(HostAddress address) => _hosts.Any(host => host.Matches(address));

    private static string Normal(string name) => name.Trim('[', ']').TrimEnd('.').ToUpperInvariant();

    private readonly record struct Host(string Name, bool IsWildcard, int Port, bool IsEncrypted)
    {
        public static Host? Parse(string text)
        {
            int scheme = text.IndexOf("://", StringComparison.Ordinal);
            string rest = scheme < 0 ? text : text[(scheme + 3)..];
            bool? isEncrypted = scheme < 0 ? true : text[..scheme] switch { "https" or "grpcs" => true, "http" or "grpc" => false, _ => null };
            bool isWildcard = rest.StartsWith("*.", StringComparison.Ordinal);
            // The parser of addresses knows what a host is; its scheme gives the port where none stands there.
            return isEncrypted is { } encrypted && rest.Length > 0 && rest[^1] != '/'
                && Uri.TryCreate($"{(encrypted ? "https" : "http")}://{(isWildcard ? rest[2..] : rest)}", UriKind.Absolute, out Uri? uri)
                && uri is { UserInfo.Length: 0, AbsolutePath: "/", Query.Length: 0, Fragment.Length: 0, Host.Length: > 0 }
                && !rest.AsSpan(isWildcard ? 2 : 0).ContainsAny("*@?#\\")
                ? new Host(Normal(uri.IdnHost), isWildcard, uri.Port, encrypted)
                : null;
        }

        public bool Matches(HostAddress address)
        {
            string name = Normal(address.Name);
            return Port == address.Port && IsEncrypted == address.IsEncrypted
                && (IsWildcard ? name.EndsWith("." + Name, StringComparison.Ordinal) : name == Name);
        }
    }
}

/// <summary>Whom a connection is made to.</summary>
/// <param name="Name">The name of the host, or its IP address.</param>
/// <param name="Port">The port.</param>
/// <param name="IsEncrypted">Whether it is TLS.</param>
public readonly record struct HostAddress(string Name, int Port, bool IsEncrypted)
{
    /// <summary>As <c>trustedHosts</c> has it.</summary>
    public override string ToString()
    {
        string name = Name.Contains(':', StringComparison.Ordinal) && !Name.StartsWith('[') ? $"[{Name}]" : Name;
        return string.Create(CultureInfo.InvariantCulture, $"{(IsEncrypted ? "" : "http://")}{name}{(IsEncrypted && Port == 443 ? "" : $":{Port}")}");
    }
}
