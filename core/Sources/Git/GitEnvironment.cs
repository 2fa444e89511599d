using System.Globalization;

namespace BuildCache.Sources.Git;

/// <summary>The environment and the configuration that every git of ours runs with.</summary>
/// <remarks>
/// The user's own configuration counts for credentials, proxies, certificates, SSH and <c>url.insteadOf</c>. What could make git run
/// something else, look at another repository, or take other content than the objects that were asked for, is set or removed here.
/// </remarks>
internal static class GitEnvironment
{
    // git's own variables that a user sets for its connections. All others of git's belong to a git that this runs inside of, as in a
    // hook, or change what it does or prints.
    private static readonly string[] s_kept =
    [
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_ALLOW_PROTOCOL", "GIT_EXEC_PATH",
        "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
    ];

    private static readonly string[] s_keptPrefixes = ["GIT_SSL_", "GIT_PROXY_SSL_", "GIT_HTTP_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"];

    private const string ConfigCount = "GIT_CONFIG_COUNT";

    /// <summary>What stands before every command.</summary>
    public static readonly string[] Settings =
    [
        // No program but git itself and what the user's own configuration names for connections.
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
        "-c", "protocol.ext.allow=never", "-c", "protocol.fd.allow=never",
        // Names that some file system takes for .git, on every system.
        "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true",
        "-c", "fetch.recurseSubmodules=false", "-c", "submodule.recurse=false",
    ];

    /// <summary>Sets the environment of a process of git.</summary>
    /// <param name="environment">That of this process.</param>
    /// <param name="credentials">What git may answer a server with; <see langword="null"/> for none but the user's own.</param>
    /// <param name="isFromUser">Whether the user named the address, and not something that was fetched.</param>
    public static void Apply(IDictionary<string, string?> environment, GitCredentials? credentials, bool isFromUser)
    {
        _ = int.TryParse(environment.TryGetValue(ConfigCount, out string? given) ? given : "0", NumberStyles.None, CultureInfo.InvariantCulture, out int count);
        foreach (string name in environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.OrdinalIgnoreCase) && !IsKept(name)).ToList())
        {
            environment.Remove(name);
        }

        // A question would wait for ever where nobody sees it; and messages are read.
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["LC_ALL"] = "C";
        environment["GIT_PROTOCOL_FROM_USER"] = isFromUser ? "1" : "0";
        // A server's refs/replace/ would give the commit that was asked for another content.
        environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        (string Name, string Value)[] settings = [.. credentials?.Settings ?? []];
        foreach ((string name, string value) in settings)
        {
            environment[$"GIT_CONFIG_KEY_{count.ToString(CultureInfo.InvariantCulture)}"] = name;
            environment[$"GIT_CONFIG_VALUE_{count.ToString(CultureInfo.InvariantCulture)}"] = value;
            count++;
        }

        if (count > 0)
        {
            environment[ConfigCount] = count.ToString(CultureInfo.InvariantCulture);
        }

        credentials?.AddTo(environment);
    }

    private static bool IsKept(string name) =>
        s_kept.Contains(name, StringComparer.OrdinalIgnoreCase) || Array.Exists(s_keptPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
