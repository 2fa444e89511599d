using System.Buffers;
using System.Text.Json;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.MSBuild.Compilation;

/// <summary>What turned out, after a compilation, to matter besides its known inputs: a second question that its first key leads to.</summary>
/// <remarks>Kept as the output of an entry without files under the first key. Nearly no compilation has one: a generator whose code includes
/// documentation from a file, or one that writes the folder into an output unexpectedly.</remarks>
/// <param name="IsPlaceFixed">Whether the outputs hold the place of the workspace, the packages or the SDK.</param>
/// <param name="Files">Files that the compiler read, with the roots taken out of their paths.</param>
internal sealed record KeyExtension(bool IsPlaceFixed, IReadOnlyList<string> Files)
{
    /// <summary>The most bytes of the stored form: some thousand files, each of which a reader looks for before it has a key.</summary>
    public const int Largest = 256 * 1024;

    private const byte FormatVersion = 1;

    /// <summary>Whether there is nothing to ask.</summary>
    public bool IsEmpty => !IsPlaceFixed && Files.Count == 0;

    /// <summary>The second key.</summary>
    /// <param name="key">The first one.</param>
    /// <param name="roots">Where the roots are here.</param>
    /// <param name="hash">Gives the digest of a file.</param>
    public CacheKey Apply(CacheKey key, PathRoots roots, Func<string, Digest> hash)
    {
        List<FingerprintInput> inputs = [.. IsPlaceFixed ? Place.Everything.Inputs(roots) : []];
        foreach (string name in Files.Distinct(StringComparer.Ordinal))
        {
            string? path = FoundInputs.Find(roots.Localise(name));
            inputs.Add(new FingerprintInput("found input", name, path is null ? FingerprintBuilder.OfValue(null) : hash(path)));
        }

        return key.Append("more " + Fingerprint.Create(inputs).Digest.Hash);
    }

    /// <summary>The stored form.</summary>
    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            json.WriteNumberValue(FormatVersion);
            json.WriteBooleanValue(IsPlaceFixed);
            foreach (string file in Files)
            {
                json.WriteStringValue(file);
            }

            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the stored form.</summary>
    /// <returns><see langword="null"/> when this version cannot read it: a miss.</returns>
    public static KeyExtension? TryDecode(byte[] bytes)
    {
        if (bytes.Length > Largest)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement[] parts = [.. document.RootElement.EnumerateArray()];
            return parts[0].GetInt32() == FormatVersion
                ? new KeyExtension(parts[1].GetBoolean(), [.. parts[2..].Select(part => part.GetString() ?? throw new FormatException())])
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
