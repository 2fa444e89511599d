namespace BuildCache;

/// <summary>Names a kind of error, once for scripts (<see cref="Name"/>) and once for build logs (<see cref="Code"/>).</summary>
/// <param name="Name">The error id of a cmdlet, for example <c>InvalidCacheKey</c>.</param>
/// <param name="Code">The code in an MSBuild log, for example <c>BC1001</c>.</param>
public readonly record struct ErrorId(string Name, string Code)
{
    /// <summary>A key that has no parts, or a part that is empty or is no text.</summary>
    public static readonly ErrorId InvalidCacheKey = new(nameof(InvalidCacheKey), "BC1001");

    /// <summary>A text that should be a cache id and is not.</summary>
    public static readonly ErrorId InvalidCacheId = new(nameof(InvalidCacheId), "BC1002");

    /// <summary>A scope of an unknown kind, without its value, or naming a kind twice.</summary>
    public static readonly ErrorId InvalidScope = new(nameof(InvalidScope), "BC1003");

    /// <summary>A store URI that is no URI, or of a kind that this version does not know.</summary>
    public static readonly ErrorId InvalidStoreUri = new(nameof(InvalidStoreUri), "BC1004");

    /// <summary>A configuration file that is not JSON, or has an unknown or malformed setting.</summary>
    public static readonly ErrorId InvalidConfiguration = new(nameof(InvalidConfiguration), "BC1005");

    /// <summary>A glob that is empty, absolute, leaves the workspace, or has a character that only other globs know.</summary>
    public static readonly ErrorId InvalidGlob = new(nameof(InvalidGlob), "BC1006");

    /// <summary>A path that does not lie below the workspace root.</summary>
    public static readonly ErrorId PathOutsideWorkspace = new(nameof(PathOutsideWorkspace), "BC1007");

    /// <summary>An input file or directory that is not there.</summary>
    public static readonly ErrorId InputNotFound = new(nameof(InputNotFound), "BC1008");

    /// <summary>An entry or a store written by a later version of BuildCache.</summary>
    public static readonly ErrorId UnsupportedFormat = new(nameof(UnsupportedFormat), "BC1009");

    /// <summary>A mode, size, or other setting whose value is not one of those allowed.</summary>
    public static readonly ErrorId InvalidSetting = new(nameof(InvalidSetting), "BC1010");

    /// <summary>A file of a kind that a tree cannot hold, or a link that leaves the saved directory.</summary>
    public static readonly ErrorId UnsupportedFile = new(nameof(UnsupportedFile), "BC1011");

    /// <summary>A file that changed while it was being saved.</summary>
    public static readonly ErrorId InputChanged = new(nameof(InputChanged), "BC1012");

    /// <summary>A text that should be the id of a volume and is not.</summary>
    public static readonly ErrorId InvalidVolumeId = new(nameof(InvalidVolumeId), "BC1013");

    /// <summary>A place that a volume cannot be mounted at: something else stands there, or the platform refuses a link.</summary>
    public static readonly ErrorId InvalidMountPoint = new(nameof(InvalidMountPoint), "BC1014");

    /// <summary>A socket, agent, pipe or secret that is not there or does not answer.</summary>
    public static readonly ErrorId ResourceNotFound = new(nameof(ResourceNotFound), "BC1015");

    /// <summary>A command that is no command: nothing to run, an output that is an input, or outputs inside of each other.</summary>
    public static readonly ErrorId InvalidCommand = new(nameof(InvalidCommand), "BC1016");

    /// <summary>A command that said it was done and did not make one of its outputs.</summary>
    public static readonly ErrorId OutputNotFound = new(nameof(OutputNotFound), "BC1017");

    /// <summary>A lock that cannot be taken at all: its file cannot be written, or its file system has no locks.</summary>
    public static readonly ErrorId LockFailed = new(nameof(LockFailed), "BC1018");

    /// <summary>Somebody held what was waited for until the time was over.</summary>
    public static readonly ErrorId LockTimeout = new(nameof(LockTimeout), "BC1019");

    /// <summary>A volume that is in use and would have to be free for this.</summary>
    public static readonly ErrorId VolumeInUse = new(nameof(VolumeInUse), "BC1020");

    /// <summary>No volume, or no mount, of that name.</summary>
    public static readonly ErrorId VolumeNotFound = new(nameof(VolumeNotFound), "BC1021");

    /// <summary>The salt of secrets is malformed, or others can read it.</summary>
    public static readonly ErrorId InvalidSalt = new(nameof(InvalidSalt), "BC1022");

    /// <summary>A command that printed a secret, or wrote it into an output.</summary>
    public static readonly ErrorId SecretInOutput = new(nameof(SecretInOutput), "BC1023");

    /// <summary>A glob of inputs that matches no file.</summary>
    public static readonly ErrorId EmptyGlob = new(nameof(EmptyGlob), "BC1024");

    /// <summary>A link to a directory that a glob leads to and does not enter.</summary>
    public static readonly ErrorId LinkNotEntered = new(nameof(LinkNotEntered), "BC1025");

    /// <summary>A previous output that could not be put back after its command failed.</summary>
    public static readonly ErrorId OutputNotRestored = new(nameof(OutputNotRestored), "BC1026");

    /// <summary>A command whose output could not be read. It was ended.</summary>
    public static readonly ErrorId OutputUnreadable = new(nameof(OutputUnreadable), "BC1027");

    /// <summary>A command that left something running that kept its output open; nothing is kept of it.</summary>
    public static readonly ErrorId OutputIncomplete = new(nameof(OutputIncomplete), "BC1028");

    /// <summary>A command whose output cannot be written again: it has commands for a CI service, control characters, or what is no text.</summary>
    public static readonly ErrorId OutputNotReplayable = new(nameof(OutputNotReplayable), "BC1029");

    /// <summary>A source whose address begins with an alias that nobody declared.</summary>
    public static readonly ErrorId UnknownAlias = new(nameof(UnknownAlias), "BC1030");

    /// <summary>An alias that stands for itself, directly or by way of others.</summary>
    public static readonly ErrorId AliasCycle = new(nameof(AliasCycle), "BC1031");

    /// <summary>A source that none of the mirrors that may be asked has.</summary>
    public static readonly ErrorId SourceNotMirrored = new(nameof(SourceNotMirrored), "BC1032");

    /// <summary>A source of an unknown kind, without an address, or with what its kind does not take.</summary>
    public static readonly ErrorId InvalidSource = new(nameof(InvalidSource), "BC1033");

    /// <summary>No source of that name is declared.</summary>
    public static readonly ErrorId SourceNotDeclared = new(nameof(SourceNotDeclared), "BC1034");

    /// <summary>A branch, a tag or a commit that is not there.</summary>
    public static readonly ErrorId RefNotFound = new(nameof(RefNotFound), "BC1035");

    /// <summary>A ref that is neither a commit nor a checksum.</summary>
    public static readonly ErrorId InvalidRef = new(nameof(InvalidRef), "BC1036");

    /// <summary>What a place gave for a source does not have the checksum that the source names.</summary>
    public static readonly ErrorId ChecksumDiffers = new(nameof(ChecksumDiffers), "BC1037");

    /// <summary>An archive that is none, is too large, or has a path or link that leaves its directory.</summary>
    public static readonly ErrorId InvalidArchive = new(nameof(InvalidArchive), "BC1038");

    /// <summary>A place that refused the credentials, or asked for some.</summary>
    public static readonly ErrorId SourceAccessDenied = new(nameof(SourceAccessDenied), "BC1039");

    /// <summary>A source that none of its places could give.</summary>
    public static readonly ErrorId SourceUnavailable = new(nameof(SourceUnavailable), "BC1040");

    /// <summary>A directory that holds something else than what is to be put there.</summary>
    public static readonly ErrorId DestinationNotEmpty = new(nameof(DestinationNotEmpty), "BC1041");

    /// <summary>A place in the user's tree that cannot be written: its disk is full, its permissions refuse, or something is mounted there.</summary>
    public static readonly ErrorId DestinationUnavailable = new(nameof(DestinationUnavailable), "BC1050");

    /// <summary>Something that was removed, but of which files are left that this user may not delete.</summary>
    public static readonly ErrorId RemovalIncomplete = new(nameof(RemovalIncomplete), "BC1051");

    /// <summary>A path that an entry or a checkout names, and that passes through a link or is part of git's own directory.</summary>
    public static readonly ErrorId UnsafePath = new(nameof(UnsafePath), "BC1052");

    /// <summary>A setting that only a user may make and that a checkout makes, or a settings file of a user who is not trusted. It is not followed.</summary>
    public static readonly ErrorId SettingRefused = new(nameof(SettingRefused), "BC1053");

    /// <summary>A store or service that only a checkout names: it gets none of the user's credentials, or is left out.</summary>
    public static readonly ErrorId CredentialsWithheld = new(nameof(CredentialsWithheld), "BC1054");

    /// <summary>An entry that would put something in place that the caller of the restore does not expect.</summary>
    public static readonly ErrorId UnexpectedPath = new(nameof(UnexpectedPath), "BC1055");

    /// <summary>A key to sign or verify entries with that is not there, is of another kind, or can be read by others.</summary>
    public static readonly ErrorId InvalidSigningKey = new(nameof(InvalidSigningKey), "BC1056");

    /// <summary>What was saved will not be found by the same settings: they require the signature of another key.</summary>
    public static readonly ErrorId SignatureNotTrusted = new(nameof(SignatureNotTrusted), "BC2011");

    /// <summary>An input by value that looks like a secret. Its plain digest is stored, and can be guessed.</summary>
    public static readonly ErrorId SecretAsInput = new(nameof(SecretAsInput), "BC1057");

    /// <summary>The store could not be read or written: refused, full, away.</summary>
    public static readonly ErrorId StoreUnavailable = new(nameof(StoreUnavailable), "BC2001");

    /// <summary>Content that an entry names is not in the store.</summary>
    public static readonly ErrorId BlobMissing = new(nameof(BlobMissing), "BC2002");

    /// <summary>Content in the store that does not have the digest it is stored under, or is malformed.</summary>
    public static readonly ErrorId BlobCorrupt = new(nameof(BlobCorrupt), "BC2003");

    /// <summary>The bucket, instance or service that the store's URI names does not exist.</summary>
    public static readonly ErrorId StoreNotFound = new(nameof(StoreNotFound), "BC2005");

    /// <summary>The store refused the credentials: wrong, expired, missing, or not allowed this.</summary>
    public static readonly ErrorId StoreAccessDenied = new(nameof(StoreAccessDenied), "BC2006");

    /// <summary>What answers is not what is needed: another service, or one without content-addressed storage or SHA-256.</summary>
    public static readonly ErrorId StoreUnsuitable = new(nameof(StoreUnsuitable), "BC2007");

    /// <summary>The store's certificate is signed by nobody that this machine trusts, is for another name, or has expired.</summary>
    public static readonly ErrorId StoreNotTrusted = new(nameof(StoreNotTrusted), "BC2008");

    /// <summary>The clock of this machine and that of the store differ by more than the store accepts.</summary>
    public static readonly ErrorId StoreClockSkew = new(nameof(StoreClockSkew), "BC2009");

    /// <summary>Something that a store of this kind cannot do.</summary>
    public static readonly ErrorId UnsupportedByStore = new(nameof(UnsupportedByStore), "BC2010");

    /// <summary>Work that was done again with equal inputs gave other outputs.</summary>
    public static readonly ErrorId AuditDifference = new(nameof(AuditDifference), "BC3001");

    /// <summary>No entry for the key.</summary>
    public static readonly ErrorId EntryNotFound = new(nameof(EntryNotFound), "BC2004");
}
