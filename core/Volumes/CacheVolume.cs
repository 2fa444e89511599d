using BuildCache.Keys;

namespace BuildCache.Volumes;

/// <summary>A directory that stays between runs: the same for the same identity, in every process of the user on this machine.</summary>
public sealed class CacheVolume
{
    private readonly VolumeFiles _files;
    private VolumeUsage? _usage;

    internal CacheVolume(VolumeFiles files, VolumeIdentity identity, DateTimeOffset created, string? seedDirectory)
    {
        (_files, Identity, Created, SeedDirectory) = (files, identity, created, seedDirectory);
        Name = VolumeFiles.NameOf(identity);
        Directory = files.VolumeOf(Name);
        Path = identity.Sharing == VolumeSharing.Private ? null : VolumeLayout.DataOf(Directory);
        LastUsed = VolumeRecord.LastUsed(Directory, null, created);
    }

    private CacheVolume(CacheVolume volume, VolumeHold hold, int? copy)
        : this(volume._files, volume.Identity, volume.Created, volume.SeedDirectory)
    {
        (Hold, Copy) = (hold, copy);
        Path = copy is { } number ? VolumeLayout.CopyOf(Directory, number) : Path;
    }

    /// <summary>What makes it the one it is.</summary>
    public VolumeIdentity Identity { get; }

    /// <summary>The text form of <see cref="Identity"/>.</summary>
    public string Id => Identity.Id;

    /// <summary>Names the volume, within its scope.</summary>
    public CacheKey Key => Identity.Key;

    /// <summary>Whom it is shared with.</summary>
    public CacheScope Scope => Key.Scope;

    /// <summary>Who may use it at the same time.</summary>
    public VolumeSharing Sharing => Identity.Sharing;

    /// <summary>Full path of the directory to work in. Of a private volume <see langword="null"/> until it is held: each holder has a copy of its own.</summary>
    public string? Path { get; }

    /// <summary>The number of the copy, of a private volume that is held.</summary>
    public int? Copy { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>When somebody last asked for it or held it, as of when this object was made.</summary>
    public DateTimeOffset LastUsed { get; }

    /// <summary>The bytes of its files, all copies together. Measured when it is first asked for, by a walk over the directory.</summary>
    public long Size => Measure().Bytes;

    /// <summary>How many files it has. Measured together with <see cref="Size"/>.</summary>
    public long FileCount => Measure().Files;

    /// <summary>Who holds it at this moment.</summary>
    public IReadOnlyList<VolumeHolder> Holders => _files.Guard(() => HolderNotes.Of(_files, Name));

    /// <summary>Where it is mounted at this moment: full paths.</summary>
    public IReadOnlyList<string> Mounts => _files.Guard(() => VolumeMounts.Of(_files, this));

    /// <summary>The directory of the volume, with what it is made of.</summary>
    internal string Directory { get; }

    /// <summary>The name of all that belongs to it.</summary>
    internal string Name { get; }

    /// <summary>Full path of what it is seeded from, should it have to be made again.</summary>
    internal string? SeedDirectory { get; }

    /// <summary>The hold that gave this object, if one did.</summary>
    internal VolumeHold? Hold { get; }

    /// <summary>The same volume as what is held; of a private one, one of its copies.</summary>
    internal CacheVolume HeldBy(VolumeHold hold, int? copy = null) => new(this, hold, copy);

    /// <summary>For people: what it is.</summary>
    public override string ToString() => Identity.ToString();

    private VolumeUsage Measure() => _usage ??= _files.Guard(() => VolumeUsage.Of(Directory));
}
