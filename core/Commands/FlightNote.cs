using System.Diagnostics;
using System.Globalization;
using System.Text;
using BuildCache.Files;

namespace BuildCache.Commands;

/// <summary>Says who runs a command, in a file beside its lock, for those that wait for it. The lock decides; the note may be missing or old.</summary>
/// <param name="ProcessId">The process that runs it.</param>
/// <param name="Machine">Where it runs; a folder may be shared by several machines.</param>
/// <param name="Since">Since when.</param>
internal sealed record FlightNote(int ProcessId, string Machine, DateTimeOffset Since)
{
    private const string Suffix = ".by";
    private const int Fields = 3;
    private const int LongestNote = 4096;

    private bool IsHere => Machine == Environment.MachineName;

    /// <summary>Leaves the note of this process.</summary>
    public static void Leave(string lockPath)
    {
        string text = string.Join('\n', Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Environment.MachineName, DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture));
        Try(() => File.WriteAllText(lockPath + Suffix, text));
    }

    /// <summary>Removes the note.</summary>
    public static void Remove(string lockPath) => Try(() => File.Delete(lockPath + Suffix));

    /// <summary>Reads the note, or gives <see langword="null"/>.</summary>
    public static FlightNote? Read(string lockPath)
    {
        string[] fields = [];
        Try(() => fields = RegularFile.TryRead(lockPath + Suffix, LongestNote) is { } bytes ? Encoding.UTF8.GetString(bytes).Split('\n') : []);
        return fields.Length == Fields && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && DateTimeOffset.TryParse(fields[2], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset since)
            ? new FlightNote(process, fields[1], since)
            : null;
    }

    /// <summary>Whether it is one of the processes that started this one.</summary>
    /// <param name="name">The name of the flight.</param>
    public bool IsAbove(string name) => IsHere && Nesting.IsInside(ProcessId, name);

    /// <summary>For people: who it is.</summary>
    public override string ToString()
    {
        string since = Since.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return !IsHere ? $"process {ProcessId} on '{Machine}' since {since}"
            : IsRunning ? $"process {ProcessId} since {since}"
            : $"something that process {ProcessId} started at {since}, which itself has ended; end it, or wait for it";
    }

    private bool IsRunning
    {
        get
        {
            try
            {
                using var process = Process.GetProcessById(ProcessId);
                return !process.HasExited;
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on a note but what is told.
        }
    }
}
