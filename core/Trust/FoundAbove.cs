namespace BuildCache.Trust;

/// <summary>
/// Decides whether what is found by climbing from a directory counts: only if its owner is this user, the administrator, or the owner of
/// the directory. Otherwise whoever may write to a directory above, as anybody may to <c>/tmp</c>, would decide. The rule is git's
/// (<c>safe.directory</c>), which a container that runs as root in somebody's checkout passes too.
/// </summary>
/// <param name="start">Full path of the directory to climb from.</param>
internal sealed class FoundAbove(string start)
{
    private readonly Lazy<string?> _owner = new(() => FileOwner.Of(start, followsLink: true));

    /// <summary>Why a file or directory does not count, in a sentence; <see langword="null"/> where it does.</summary>
    /// <param name="folder">Full path of the folder that it was found in.</param>
    /// <param name="path">Full path of what was found.</param>
    public string? WhyNot(string folder, string path)
    {
        string? stranger = Stranger(path, followsLink: false) ?? Stranger(path, followsLink: true)
            ?? (folder == start ? null : Stranger(folder, followsLink: true));
        return stranger is null ? null
            : $"{stranger} belongs to another user than you, the administrator and the owner of '{start}'. Take ownership of it, or work in a directory that is not below it.";
    }

    private string? Stranger(string path, bool followsLink) =>
        FileOwner.Of(path, followsLink) is { } owner && (owner == FileOwner.OfProcess || FileOwner.IsAdministrator(owner) || owner == _owner.Value) ? null : $"'{path}'";
}
