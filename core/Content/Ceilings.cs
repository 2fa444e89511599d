namespace BuildCache.Content;

/// <summary>The most that is taken of what somebody else may have written: into a store, an answer, an archive, a file of a checkout.</summary>
/// <remarks>
/// Each is far above what real work needs and low enough for memory and time to stay bounded whatever the writer claims. A save refuses what
/// a reader would refuse. What is beyond a ceiling counts as damaged: an entry is then a miss.
/// </remarks>
internal static class Ceilings
{
    private const int MiB = 1024 * 1024;

    /// <summary>Bytes of a stored entry, with its key and where its blobs lie: about a million small files.</summary>
    public const int EntryObject = 64 * MiB;

    /// <summary>Paths of one entry.</summary>
    public const int EntryPaths = 200_000;

    /// <summary>Characters of a path in an entry.</summary>
    public const int EntryPath = 4096;

    /// <summary>Characters of a text in an entry that is shown to people.</summary>
    public const int ShownText = 1024;

    /// <summary>Bytes that the trees of one entry take to describe: about a million files.</summary>
    public const long TreeMessages = 128 * MiB;

    /// <summary>Files, directories and links of one entry, each path counted: directories that share digests make a small tree unfold into a huge one.</summary>
    public const long TreeNodes = 2_000_000;

    /// <summary>Directories that a tree may have more than it has files.</summary>
    public const long TreeDirectoriesBesidesFiles = 100_000;

    /// <summary>Characters of all paths and link targets of one entry together.</summary>
    public const long TreeCharacters = 256 * MiB;

    /// <summary>Directories inside of each other. The longest path of Linux, 4,096 bytes, has room for twice as many of one letter.</summary>
    public const int TreeDepth = 1024;

    /// <summary>Bytes of all files of one entry, each path counted.</summary>
    public const long TreeBytes = 1L << 42;

    /// <summary>Characters of one name in a tree. File systems take 255.</summary>
    public const int TreeName = 1024;

    /// <summary>Characters of what a link in a tree points to.</summary>
    public const int LinkTarget = 32 * 1024;

    /// <summary>Bytes of a blob that is read into memory by itself: a fingerprint, what a command or a compiler wrote.</summary>
    public const long BlobInMemory = 64 * MiB;

    /// <summary>Bytes that are reserved before any of a content has arrived. It grows with what arrives.</summary>
    public const int FirstBuffer = 64 * 1024;

    /// <summary>Bytes of one index of packs.</summary>
    public const int PackIndex = 64 * MiB;

    /// <summary>Bytes of all indexes of packs that one process learns from: some ten million blobs. What is beyond is stored again.</summary>
    public const long PackIndexes = 512L * MiB;

    /// <summary>Places that are remembered for one blob. Two that save at the same time make two.</summary>
    public const int PlacesOfBlob = 8;

    /// <summary>Pages of one listing of a bucket, of a thousand names each.</summary>
    public const int ListedPages = 100_000;

    /// <summary>Bytes of an answer of a server of the Remote Execution or Remote Asset API. Content of blobs is never read as one.</summary>
    public const int GrpcMessage = 8 * MiB;

    /// <summary>Bytes of an answer of GitHub's cache service: a signed URL and a key.</summary>
    public const int ServiceAnswer = 64 * 1024;

    /// <summary>Bytes of a pointer from a restore key to keys, on a server of the Remote Execution API.</summary>
    public const int RestorePointer = MiB;

    /// <summary>Bytes of a record that says what ref a source is at.</summary>
    public const int RefRecord = 4096;

    /// <summary>Bytes of what a command wrote, as it is stored.</summary>
    public const int Recording = 16 * MiB;

    /// <summary>Bytes of the list of a mirror's files, of a million files and more.</summary>
    public const int MirrorManifest = 256 * MiB;

    /// <summary>Bytes of a settings file.</summary>
    public const int SettingsFile = MiB;

    /// <summary>Aliases that stand for each other in a row.</summary>
    public const int AliasesInRow = 32;

    /// <summary>Bytes of a file in which git names a branch, a directory or its configuration.</summary>
    public const int GitFile = MiB;

    /// <summary>Bytes of a small file in which BuildCache notes something about a directory, a volume or a mount.</summary>
    public const int Note = 64 * 1024;

    /// <summary>Bytes of the memory of file hashes, twice what the most records take.</summary>
    public const int HashMemory = 20 * MiB;

    /// <summary>Characters of the id of a key, which has at most 16 KiB, or of a volume.</summary>
    public const int Id = 64 * 1024;

    /// <summary>Bytes of a header of a tar archive that names paths and properties of the next file.</summary>
    public const int TarHeader = MiB;

    /// <summary>How long a command waits for another that runs with equal inputs, before it runs too.</summary>
    public static readonly TimeSpan Flight = TimeSpan.FromHours(1);

    /// <summary>The same, while nothing says who runs it: a lock without a note is none of ours.</summary>
    public static readonly TimeSpan FlightWithoutNote = TimeSpan.FromSeconds(30);
}
