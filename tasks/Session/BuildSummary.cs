using System.Globalization;
using System.Text.Json;
using BuildCache.Files;

namespace BuildCache.MSBuild.Session;

/// <summary>What the cache did for one build: a line for people, a file for programs.</summary>
internal sealed class BuildSummary(IReadOnlyList<CompilationRecord> records)
{
    private const int FormatVersion = 1;

    private int Count(CompilationOutcome outcome) => records.Count(record => record.Outcome == outcome);

    private IEnumerable<string> Problems =>
        records.Where(record => record.Outcome == CompilationOutcome.Problem).Select(record => record.Reason ?? "").Distinct(StringComparer.Ordinal);

    private TimeSpan Saved => TimeSpan.FromSeconds(records.Sum(record => record.Saved.TotalSeconds));

    /// <summary>The line, with a hint behind it where most misses have one cause that a property removes.</summary>
    public override string ToString()
    {
        string line = string.Create(CultureInfo.InvariantCulture,
            $"BuildCache: {Count(CompilationOutcome.Hit)} hits, {Count(CompilationOutcome.Missed)} misses, {Count(CompilationOutcome.Bypassed)} bypassed, {Saved.TotalSeconds:0.0} s saved.");
        line += Count(CompilationOutcome.Failed) is > 0 and var failed ? $" {failed} failed to compile." : "";
        line += Count(CompilationOutcome.Audited) is > 0 and var audited ? $" {audited} audited." : "";
        int commit = records.Count(record => record.OnlyCommitDiffers);
        line += commit > 0 ? $" {commit} missed only because the commit changed; BuildCacheStabilize=true keeps it out of the assemblies." : "";
        line += string.Concat(Groups(record => record.Outcome == CompilationOutcome.Missed ? record.Hint : null).Select(group => $" {group.Count} missed {group.Text}."));
        line += string.Concat(Groups(record => record.Outcome == CompilationOutcome.Bypassed ? record.Reason : null).Select(group => $" {group.Count} bypassed: {group.Text}."));
        line += string.Concat(Groups(record => record.NotSaved).Select(group => $" {group.Count} not saved: {group.Text}."));
        return line + string.Concat(Problems.Select(problem => $"\nBuildCache: {problem}"));
    }

    // The most frequent texts; the report has all.
    private IEnumerable<(int Count, string Text)> Groups(Func<CompilationRecord, string?> text)
    {
        const int Shown = 3;
        return records.Select(text).OfType<string>().Where(known => !Problems.Any(problem => problem.EndsWith(known, StringComparison.Ordinal)))
            .GroupBy(known => known.TrimEnd('.'), StringComparer.Ordinal).Select(group => (group.Count(), group.Key))
            .OrderByDescending(group => group.Item1).ThenBy(group => group.Key, StringComparer.Ordinal).Take(Shown);
    }

    /// <summary>Writes the report as JSON. A failure leaves no report.</summary>
    public void TryWrite(string path)
    {
        using var whole = new AtomicFile(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream file = File.Create(whole.TemporaryPath))
            {
                using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                json.WriteNumber("version"u8, FormatVersion);
                json.WriteNumber("hits"u8, Count(CompilationOutcome.Hit));
                json.WriteNumber("misses"u8, Count(CompilationOutcome.Missed));
                json.WriteNumber("bypassed"u8, Count(CompilationOutcome.Bypassed));
                json.WriteNumber("failed"u8, Count(CompilationOutcome.Failed));
                json.WriteNumber("audited"u8, Count(CompilationOutcome.Audited));
                json.WriteNumber("savedSeconds"u8, Saved.TotalSeconds);
                json.WriteNumber("restoredBytes"u8, records.Where(record => record.Outcome == CompilationOutcome.Hit).Sum(record => record.Bytes));
                json.WriteNumber("savedBytes"u8, records.Where(record => record.Outcome == CompilationOutcome.Missed).Sum(record => record.Bytes));
                json.WriteStartArray("problems"u8);
                foreach (string problem in Problems)
                {
                    json.WriteStringValue(problem);
                }

                json.WriteEndArray();
                json.WriteStartArray("compilations"u8);
                foreach (CompilationRecord record in records.Where(record => record.Outcome != CompilationOutcome.Problem))
                {
                    Journal.Write(json, record);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            whole.Replace();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The build is over and went well.
        }
    }
}
