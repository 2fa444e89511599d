using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Looks in the outputs of a compilation for the place of the workspace, the packages or the SDK.</summary>
/// <remarks>A net under <see cref="Place"/>, which answers from the inputs. Symbols keep paths cut into parts and sources
/// compressed, and an assembly may hold its symbols compressed; so those are opened, not only searched.</remarks>
internal static class PathLeak
{
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    /// <summary>Whether any of the contents holds any of the paths.</summary>
    public static bool IsIn(IEnumerable<byte[]> contents, IEnumerable<string> paths)
    {
        byte[][] needles = [.. paths.SelectMany(Encodings).Distinct(StringComparer.Ordinal)
            .SelectMany(text => new[] { Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text) })];
        return contents.Any(content => IsIn(content, needles));
    }

    // As it is; in JSON and in code; in a URI; in XML.
    private static string[] Encodings(string path) =>
    [
        path,
        path.Replace("\\", "\\\\", StringComparison.Ordinal),
        string.Join('/', path.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString)),
        path.Replace("&", "&amp;", StringComparison.Ordinal),
    ];

    private static bool IsIn(byte[] content, byte[][] needles)
    {
        if (Array.Exists(needles, needle => content.AsSpan().IndexOf(needle) >= 0))
        {
            return true;
        }

        if (content.AsSpan().StartsWith("MZ"u8))
        {
            return IsInEmbeddedSymbols(content, needles);
        }

        return content.AsSpan().StartsWith("BSJB"u8) && IsInSymbols(content, needles);
    }

    private static bool IsInEmbeddedSymbols(byte[] assembly, byte[][] needles)
    {
        using var reader = new PEReader(new MemoryStream(assembly));
        foreach (DebugDirectoryEntry entry in reader.ReadDebugDirectory())
        {
            if (entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb)
            {
                using MetadataReaderProvider symbols = reader.ReadEmbeddedPortablePdbDebugDirectoryData(entry);
                return IsIn(symbols.GetMetadataReader(), needles);
            }
        }

        return false;
    }

    private static bool IsInSymbols(byte[] symbols, byte[][] needles)
    {
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols));
        return IsIn(provider.GetMetadataReader(), needles);
    }

    private static bool IsIn(MetadataReader reader, byte[][] needles)
    {
        foreach (DocumentHandle handle in reader.Documents)
        {
            byte[] name = Encoding.UTF8.GetBytes(reader.GetString(reader.GetDocument(handle).Name));
            if (Array.Exists(needles, needle => name.AsSpan().IndexOf(needle) >= 0))
            {
                return true;
            }
        }

        foreach (CustomDebugInformationHandle handle in reader.CustomDebugInformation)
        {
            CustomDebugInformation information = reader.GetCustomDebugInformation(handle);
            byte[] blob = reader.GetBlobBytes(information.Value);
            if (reader.GetGuid(information.Kind) == s_embeddedSource)
            {
                blob = Inflate(blob);
            }

            if (Array.Exists(needles, needle => blob.AsSpan().IndexOf(needle) >= 0))
            {
                return true;
            }
        }

        return false;
    }

    // Four bytes tell the size of the source when it is compressed, and are zero when it is not.
    private static byte[] Inflate(byte[] blob)
    {
        if (blob.Length < 4 || BitConverter.ToInt32(blob, 0) == 0)
        {
            return blob;
        }

        using var inflated = new MemoryStream();
        using (var deflate = new DeflateStream(new MemoryStream(blob, 4, blob.Length - 4), CompressionMode.Decompress))
        {
            deflate.CopyTo(inflated);
        }

        return inflated.ToArray();
    }
}
