using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Configuration;

/// <summary>The checkout that a command works in: its root, its settings, and who it is.</summary>
public sealed class Workspace
{
    /// <summary>The name of the settings file, in the workspace root and in the user's configuration directory.</summary>
    public const string SettingsFileName = "buildcache.json";

    private readonly IReadOnlyList<Setting> _foreign;

    private Workspace(string root, IReadOnlyList<Setting> foreign)
    {
        Root = root;
        Settings = SettingsFile.Read(OwnFile, SettingSource.Checkout);
        _foreign = foreign;
    }

    /// <summary>Full path of the root directory, without a trailing separator.</summary>
    public string Root { get; }

    /// <summary>What the workspace's own settings file says.</summary>
    public SettingsFile Settings { get; }

    /// <summary>Full path of the workspace's own settings file, whether there is one or not.</summary>
    public string OwnFile => Path.Combine(Root, SettingsFileName);

    /// <summary>What was found and is not followed: settings that only a user may make, and files of other users above the directory that the search began in.</summary>
    public IReadOnlyList<Setting> Refused => [.. _foreign, .. Settings.Refused];

    /// <summary>Finds the workspace around a directory.</summary>
    /// <param name="directory">Where to start. The root is the nearest folder at or above it with a <c>buildcache.json</c> or a
    /// <c>.git</c>; else the nearest with a solution; else the directory itself.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: the settings file is malformed.</exception>
    /// <remarks>What another user put into a directory above the first one does not count, unless that user owns the first one too.</remarks>
    public static Workspace Find(string directory)
    {
        List<Setting> foreign = [];
        return new Workspace(RootOf(directory, foreign), foreign);
    }

    /// <summary>Takes a directory as the root of a workspace.</summary>
    public static Workspace At(string root) => new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)), []);

    /// <summary>The project that the workspace belongs to: its name in the settings file, else the address of git's origin, else this very folder.</summary>
    public string ProjectName => Project.Value;

    /// <summary>Whether nothing but this very folder tells what project it is, so that no other folder or machine shares its entries.</summary>
    public bool IsNamedByFolder => Settings.Project is null && GitOrigin.Of(Root) is null;

    /// <summary>The project as a setting.</summary>
    internal Setting ProjectSetting => Project is var project && Settings.Project is not null
        ? new Setting("project", project.Value, SettingSource.Checkout, project.Source) : new Setting("project", project.Value, SettingSource.Default, project.Source);

    private FoundValue Project => Settings.Project is { } named ? new FoundValue(named, $"'project' in {OwnFile}")
        : GitOrigin.Of(Root) is { } origin ? new FoundValue(origin, "git origin")
        : new FoundValue($"{Environment.MachineName}:{Root}", "the folder and this machine");

    /// <summary>The memory of this workspace's file digests.</summary>
    public HashMemory OpenHashMemory() =>
        HashMemory.Open(Path.Combine(UserDirectories.HashMemories, Digest.Of(System.Text.Encoding.UTF8.GetBytes(Root)).Hash[..32]));

    /// <summary>Reads a scope as a user writes it, filling in what goes without saying.</summary>
    /// <param name="text">For example <c>project</c>, <c>team:core</c> or <c>project,branch</c>. The project, the branch, the user, the host and the session may stand without a value.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>: it is no scope, or a value is left out that nothing tells.</exception>
    public CacheScope ParseScope(string text) => ExplainScope(text, "").Scope;

    /// <summary>Reads a scope as <see cref="ParseScope"/> does, and tells where its values come from.</summary>
    /// <param name="text">The scope as a user writes it.</param>
    /// <param name="chosenBy">What chose it, for people.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>.</exception>
    internal ExplainedScope ExplainScope(string text, string chosenBy)
    {
        var found = new Dictionary<ScopeKind, FoundValue>();
        var scope = CacheScope.Parse(text, kind =>
        {
            FoundValue? value = DefaultOf(kind);
            if (value is not null)
            {
                found[kind] = value;
            }

            return value?.Value;
        });
        return new ExplainedScope(scope, [.. scope.Pairs.Select(pair => new ScopePair(pair.Kind, pair.Value, found.GetValueOrDefault(pair.Kind)?.Source ?? chosenBy))], chosenBy);
    }

    private FoundValue? DefaultOf(ScopeKind kind) => kind switch
    {
        ScopeKind.Project => Project,
        ScopeKind.Branch => Branch.Find(Root),
        ScopeKind.User => new FoundValue(Environment.UserName, "the user's name"),
        ScopeKind.Host => new FoundValue(Environment.MachineName, "the machine's name"),
        ScopeKind.Session => Session.Find(),
        _ => null,
    };

    /// <summary>Full path of the root of the workspace around a directory; see <see cref="Find"/>.</summary>
    public static string RootOf(string directory) => RootOf(directory, []);

    private static string RootOf(string directory, List<Setting> foreign)
    {
        string start = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var above = new FoundAbove(start);
        return Above(start, [SettingsFileName, GitFolder.Name], above, foreign) ?? Above(start, ["*.sln", "*.slnx"], above, foreign) ?? start;
    }

    private static string? Above(string start, string[] markers, FoundAbove above, List<Setting> foreign)
    {
        for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            foreach (string marker in markers.SelectMany(name => Named(folder, name)))
            {
                if (above.WhyNot(folder, marker) is not { } why)
                {
                    return folder;
                }

                foreign.Add(new Setting(Path.GetFileName(marker), marker, SettingSource.Checkout, $"'{marker}'") { Refused = why });
            }
        }

        return null;
    }

    private static IEnumerable<string> Named(string folder, string name) => name.StartsWith('*')
        ? Directory.Exists(folder) ? Directory.EnumerateFiles(folder, name) : []
        : Path.Combine(folder, name) is var path && (name == SettingsFileName ? File.Exists(path) : Path.Exists(path)) ? [path] : [];
}
