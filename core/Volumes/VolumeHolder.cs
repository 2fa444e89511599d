using System.Buffers.Text;
using System.Globalization;
using System.Text;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Who holds a volume.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="ProcessName">Its program.</param>
/// <param name="Since">Since when.</param>
/// <param name="HeldAs">How it is held: what others may do meanwhile.</param>
/// <param name="Copy">The number of the copy, of a private volume.</param>
public sealed record VolumeHolder(int ProcessId, string ProcessName, DateTimeOffset Since, VolumeSharing HeldAs, int? Copy)
{
    /// <summary>For people.</summary>
    public override string ToString() => ProcessId == Environment.ProcessId
        ? $"this very process ({ProcessId}) since {Since.ToLocalTime():HH:mm:ss}"
        : $"{ProcessName} (process {ProcessId}) since {Since.ToLocalTime():HH:mm:ss}";
}

/// <summary>Says in a directory who holds what. A note is a file whose name says all; that its holder lives, a lock on it says.</summary>
/// <remarks>The notes are for people. What is in use and what is not is decided by the locks of the volumes themselves.</remarks>
internal static class HolderNotes
{
    private const int LongestProcessName = 40;
    private static readonly string s_processName = NameOfProcess();

    /// <summary>Leaves a note; it goes when the lock is let go of and deleted. That of a process that died goes with the next reading, or with the next note.</summary>
    public static FileLock Leave(VolumeFiles files, string volume, VolumeSharing heldAs, int? copy, DateTimeOffset now)
    {
        _ = files.Guard(() => Of(files, volume));
        while (true)
        {
            string name = string.Create(CultureInfo.InvariantCulture,
                $"{volume}.{Environment.ProcessId}.{now.ToUnixTimeMilliseconds()}.{(int)heldAs}.{copy ?? -1}.{s_processName}.{Random.Shared.NextInt64():x}");
            // Somebody who looks for the dead may have it for a moment between its making and its locking.
            if (FileLock.TryTake(Path.Combine(files.Holders, name), LockKind.Exclusive) is { } note)
            {
                return note;
            }
        }
    }

    /// <summary>Reads the notes of a volume, the oldest first, and removes those of the dead.</summary>
    public static IReadOnlyList<VolumeHolder> Of(VolumeFiles files, string volume)
    {
        List<VolumeHolder> holders = [];
        if (!Directory.Exists(files.Holders))
        {
            return holders;
        }

        foreach (string path in Directory.EnumerateFiles(files.Holders, volume + ".*"))
        {
            if (FileLock.TryTakeDead(path) is { } dead)
            {
                dead.DisposeAndDelete();
            }
            else if (TryParse(Path.GetFileName(path)) is { } holder && File.Exists(path))
            {
                holders.Add(holder);
            }
        }

        holders.Sort((left, right) => left.Since.CompareTo(right.Since));
        return holders;
    }

    private static VolumeHolder? TryParse(string name)
    {
        string[] parts = name.Split('.');
        return parts.Length == 7
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long since) && since <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int heldAs)
            && int.TryParse(parts[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int copy)
            && Base64Url.IsValid(parts[5])
            ? new VolumeHolder(process, Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[5])), DateTimeOffset.FromUnixTimeMilliseconds(since), (VolumeSharing)heldAs, copy < 0 ? null : copy)
            : null;
    }

    private static string NameOfProcess()
    {
        string name = Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "";
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(name.Length <= LongestProcessName ? name : name[..LongestProcessName]));
    }
}
