namespace BuildCache.Configuration;

/// <summary>Where BuildCache keeps what belongs to one user of one machine.</summary>
public static class UserDirectories
{
    /// <summary>The environment variable that moves everything below one directory.</summary>
    public const string HomeVariable = "BUILDCACHE_HOME";

    /// <summary>
    /// The root: <c>BUILDCACHE_HOME</c>, else <c>buildcache</c> in the platform's cache directory
    /// (<c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>, <c>~/Library/Caches</c>, <c>%LOCALAPPDATA%</c>).
    /// </summary>
    public static string Root
    {
        get
        {
            if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home)
            {
                return Path.GetFullPath(home);
            }

            string user = Folder(Environment.SpecialFolder.UserProfile);
            string cache = OperatingSystem.IsWindows() ? Folder(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? Path.Combine(user, "Library", "Caches")
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } xdg && Path.IsPathFullyQualified(xdg) ? xdg
                : Path.Combine(user, ".cache");
            return Path.GetFullPath(Path.Combine(cache, "buildcache"));
        }
    }

    /// <summary>The store that is used when none is named.</summary>
    public static string Store => Path.Combine(Root, "store");

    /// <summary>The digests of files that were hashed before.</summary>
    public static string HashMemories => Path.Combine(Root, "memory");

    /// <summary>Copies of what stores say about which blob lies in which pack.</summary>
    public static string PackIndexes => Path.Combine(Root, "packs");

    /// <summary>What was staged where.</summary>
    public static string StagedSources => Path.Combine(Root, "sources");

    /// <summary>Until when all that a directory held was in a cache.</summary>
    public static string PlacedDirectories => Path.Combine(Root, "placed");

    /// <summary>Copies of mirrors of sources that are kept in buckets.</summary>
    public static string Mirrors => Path.Combine(Root, "mirrors");

    /// <summary>Where git runs. Nothing is in it.</summary>
    public static string Git => Path.Combine(Root, "git");

    /// <summary>The volumes.</summary>
    public static string Volumes => Path.Combine(Root, "volumes");

    /// <summary>The locks of commands that run, where no store of theirs is a folder.</summary>
    public static string Flights => Path.Combine(Root, "flights");

    /// <summary>What the nodes of running builds have done so far.</summary>
    public static string Sessions => Path.Combine(Root, "sessions");

    /// <summary>
    /// The salt that secrets are hashed with: below <c>BUILDCACHE_HOME</c>, else in the platform's directory for data of this user on this
    /// machine (<c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>, <c>~/Library/Application Support</c>, <c>%LOCALAPPDATA%</c>).
    /// </summary>
    /// <remarks>Not with the caches, which may be cleared at any time: without it, nothing that depended on a secret is found again. Not with the
    /// settings either, which users share between machines and publish.</remarks>
    public static string SecretSalt => Path.Combine(
        Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } ? Root : Path.Combine(Folder(Environment.SpecialFolder.LocalApplicationData), "buildcache"),
        "secret-salt");

    /// <summary>The user's own settings, if there are any.</summary>
    public static string SettingsFile =>
        Path.Combine(Folder(Environment.SpecialFolder.ApplicationData), "buildcache", Workspace.SettingsFileName);

    /// <summary>Makes a directory of the user's own, which nobody else may enter, and what is missing above it.</summary>
    public static void MakePrivate(string directory) => Files.NewDirectory.MakePrivate(directory);

    // Unverified: of a directory that does not exist yet, .NET gives no path at all, and what is combined with that is relative.
    private static string Folder(Environment.SpecialFolder folder) => Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);
}
