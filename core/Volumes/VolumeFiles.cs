using System.Globalization;
using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Where the files of volumes stand. The layout is described in <c>docs/volume-layout.md</c>.</summary>
/// <remarks>Names are short: a tool's own paths below a volume must fit in what the system allows.</remarks>
internal sealed class VolumeFiles(string root) : GuardedFolder(root, "The volumes", "their")
{
    private const int FormatVersion = 1;
    private const int NameDigits = 32;

    private readonly Lock _gate = new();
    private bool _checked;

    /// <summary>The directories of the volumes themselves.</summary>
    public string Volumes { get; } = Path.Combine(root, "v");

    /// <summary>Files that are locked, never read. Not beside what they guard, so that it can be moved away under its lock on any system.</summary>
    public string Locks { get; } = Path.Combine(root, "locks");

    /// <summary>Notes of who holds what.</summary>
    public string Holders { get; } = Path.Combine(root, "holders");

    /// <summary>Records of mounts.</summary>
    public string Mounts { get; } = Path.Combine(root, "mounts");

    /// <summary>What is being made or removed.</summary>
    public string Temporaries { get; } = Path.Combine(root, "tmp");

    /// <summary>The name that everything of a volume has.</summary>
    public static string NameOf(VolumeIdentity identity) => identity.Digest.Hash[..NameDigits];

    /// <summary>The directory of a volume, by its name.</summary>
    public string VolumeOf(string name) => Path.Combine(Volumes, name);

    /// <summary>The lock of a whole volume.</summary>
    public string LockOf(string name) => Path.Combine(Locks, name);

    /// <summary>The lock of one copy of a private volume.</summary>
    public string LockOf(string name, int copy) => Path.Combine(Locks, string.Create(CultureInfo.InvariantCulture, $"{name}.{copy}"));

    /// <summary>The lock of who makes the volume.</summary>
    public string CreationLockOf(string name) => Path.Combine(Locks, name + ".new");

    /// <summary>Refuses volumes of a later format; absent ones are as good as none.</summary>
    public void BeforeRead()
    {
        if (_checked)
        {
            return;
        }

        _checked = Guard(() => FormatMark.Check(Root, FormatVersion, "The volumes", $"name another place with {Configuration.UserDirectories.HomeVariable}"));
    }

    /// <summary>Makes the directories of new volumes, and removes what dead processes left half made.</summary>
    public void BeforeWrite()
    {
        BeforeRead();
        lock (_gate)
        {
            Guard(() =>
            {
                NewDirectory.MakePrivate(Root);
                foreach (string directory in (string[])[Volumes, Locks, Holders, Mounts, Temporaries])
                {
                    NewDirectory.MakePrivate(directory);
                }

                FormatMark.Write(Root, FormatVersion, Temporaries);
                TemporaryPlace.Sweep(Temporaries);
            });
        }
    }
}
