using System.Security;
using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;

namespace BuildCache.Commands;

/// <summary>Looks for the values of secrets, as they stand, in what a command wrote.</summary>
/// <remarks>A net for mistakes: a secret that was encoded or cut in pieces is not found.</remarks>
internal sealed class SecretScan
{
    // Shorter ones stand in any text by chance.
    private const int ShortestSecret = 4;
    private const int ShortestLine = 16;

    // What a command prints or configures is small; what is larger is taken to be a product that no secret gets into by mistake.
    private const long LargestFile = 16 * 1024 * 1024;

    private readonly string[] _values;
    private readonly byte[][] _bytes;

    public SecretScan(IEnumerable<string> secrets)
    {
        // A key of several lines is printed line by line.
        _values = [.. secrets.SelectMany(secret => (string[])[secret, .. secret.Split('\n').Select(line => line.Trim()).Where(line => line.Length >= ShortestLine)])
            .Where(value => value.Length >= ShortestSecret).Distinct(StringComparer.Ordinal)];
        _bytes = [.. _values.Select(Encoding.UTF8.GetBytes)];
    }

    /// <returns>Where one stands, for people, or <see langword="null"/>.</returns>
    public string? Find(CommandRecording recording, IReadOnlyList<PathToSave> made, CancellationToken cancellationToken)
    {
        if (recording.Items.Any(item => _values.Any(value =>
            item.Data.Contains(value, StringComparison.Ordinal) || (item.IsObject && item.Data.Contains(SecurityElement.Escape(value), StringComparison.Ordinal)))))
        {
            return "what it prints";
        }

        foreach ((string name, string path, _) in made)
        {
            foreach (string file in Directory.Exists(path) ? TreeScan.Of(path, cancellationToken).Files.Select(file => Path.Combine(path, file)) : [path])
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (new FileInfo(file) is { Exists: true, Length: > 0 and <= LargestFile } && Array.Exists(_bytes, Contains(File.ReadAllBytes(file))))
                {
                    return $"the output '{name}'";
                }
            }
        }

        return null;
    }

    private static Predicate<byte[]> Contains(byte[] content) => value => content.AsSpan().IndexOf(value) >= 0;
}
