using System.Buffers;
using System.Globalization;
using System.Text.Json;
using BuildCache.Configuration;
using BuildCache.Content;

namespace BuildCache.MSBuild.Session;

/// <summary>Where the workers of a build write what they did, each to a file of its own, and where the process that runs the build reads it.</summary>
/// <remarks>
/// MSBuild gives its nodes no name that they share for one build. So the process that ends the build takes what workers wrote
/// for the same workspace since the build can have begun. Two builds of one folder at the same time may count for each other;
/// nothing but the report depends on it.
/// </remarks>
internal sealed class Journal
{
    private const string WorkerPrefix = "worker-";
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromDays(1);

    private readonly string _directory;
    private readonly string _file;
    private readonly Lock _gate = new();

    /// <summary>Prepares the journal of this process for one workspace. Nothing is written before there is a record.</summary>
    public Journal(string workspaceRoot)
    {
        _directory = Path.Combine(UserDirectories.Sessions, Digest.Of(System.Text.Encoding.UTF8.GetBytes(workspaceRoot)).Hash[..32]);
        _file = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture,
            $"{WorkerPrefix}{DateTime.UtcNow.Ticks:x16}-{Environment.ProcessId}-{Random.Shared.Next():x8}.jsonl"));
    }

    /// <summary>Adds a record. A failure loses the record and nothing else.</summary>
    public void Add(CompilationRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, record);
        }

        buffer.Write("\n"u8);
        lock (_gate)
        {
            try
            {
                UserDirectories.MakePrivate(_directory);
                using var file = new FileStream(_file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
                file.Write(buffer.WrittenSpan);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The report is incomplete; the build is not.
            }
        }
    }

    /// <summary>Reads and removes what workers have written since the build began.</summary>
    public IReadOnlyList<CompilationRecord> Collect()
    {
        DateTime since = ProcessTotals.BuildStart;
        List<CompilationRecord> records = [];
        try
        {
            var directory = new DirectoryInfo(_directory);
            foreach (FileInfo file in (directory.Exists ? directory.GetFiles() : []).OrderBy(file => file.Name, StringComparer.Ordinal))
            {
                bool isOurs = file.Name.StartsWith(WorkerPrefix, StringComparison.Ordinal) && StartOf(file.Name) >= since.Ticks;
                if (isOurs)
                {
                    records.AddRange(File.ReadLines(file.FullName).Select(TryRead).OfType<CompilationRecord>());
                }

                if (isOurs || file.LastWriteTimeUtc < DateTime.UtcNow - s_abandonedAfter)
                {
                    file.Delete();
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As above.
        }

        return records;
    }

    /// <summary>Writes a record as JSON, for the journal and for the report alike.</summary>
    public static void Write(Utf8JsonWriter json, CompilationRecord record)
    {
        json.WriteStartObject();
        json.WriteString("project"u8, record.Project);
        json.WriteString("target"u8, record.Target);
        json.WriteString("outcome"u8, record.Outcome.ToString());
        json.WriteNumber("compileSeconds"u8, record.Took.TotalSeconds);
        json.WriteNumber("savedSeconds"u8, record.Saved.TotalSeconds);
        json.WriteNumber("bytes"u8, record.Bytes);
        json.WriteString("reason"u8, record.Reason);
        json.WriteBoolean("onlyCommitDiffers"u8, record.OnlyCommitDiffers);
        json.WriteBoolean("onlyPathDiffers"u8, record.OnlyPathDiffers);
        json.WriteBoolean("boundToPath"u8, record.IsBoundToPath);
        json.WriteString("hint"u8, record.Hint);
        json.WriteString("notSaved"u8, record.NotSaved);
        json.WriteEndObject();
    }

    /// <summary>Reads a record.</summary>
    /// <returns><see langword="null"/>: it is none, as the last line of a node that was killed.</returns>
    public static CompilationRecord? TryRead(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement json = document.RootElement;
            if (!Enum.TryParse(json.GetProperty("outcome").GetString(), out CompilationOutcome outcome) || !Enum.IsDefined(outcome))
            {
                return null;
            }

            return new CompilationRecord(
                json.GetProperty("project").GetString() ?? "", json.GetProperty("target").GetString() ?? "",
                outcome, TimeSpan.FromSeconds(json.GetProperty("compileSeconds").GetDouble()), TimeSpan.FromSeconds(json.GetProperty("savedSeconds").GetDouble()),
                json.GetProperty("bytes").GetInt64(), json.GetProperty("reason").GetString(), json.GetProperty("onlyCommitDiffers").GetBoolean(),
                json.GetProperty("onlyPathDiffers").GetBoolean(), json.GetProperty("boundToPath").GetBoolean(),
                json.GetProperty("hint").GetString(), json.GetProperty("notSaved").GetString());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static long StartOf(string name) =>
        name.Split('-') is [_, var ticks, ..] && long.TryParse(ticks, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long start) ? start : 0;
}
