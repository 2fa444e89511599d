using System.Formats.Tar;
using System.IO.Compression;

namespace BuildCache.Sources.Archives;

/// <summary>Unpacks a tar, a tar.gz or a zip; which it is, its first bytes say.</summary>
internal static class Unpacking
{
    public static async ValueTask UnpackAsync(string file, UnpackedTree tree, CancellationToken cancellationToken)
    {
        byte[] start = new byte[4];
        await using FileStream stream = File.OpenRead(file);
        int length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        stream.Position = 0;
        try
        {
            if (start.AsSpan(0, length).StartsWith("PK"u8))
            {
                await UnzipAsync(stream, tree, cancellationToken);
            }
            else if (start.AsSpan(0, length).StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            {
                await using var unpacked = new BoundedStream(new GZipStream(stream, CompressionMode.Decompress), tree.MostUnpacked);
                await UntarAsync(unpacked, tree, cancellationToken);
            }
            else
            {
                await UntarAsync(stream, tree, cancellationToken);
            }
        }
        catch (Exception error) when (error is InvalidDataException or OverflowException or EndOfStreamException or FormatException or NotSupportedException)
        {
            throw tree.Invalid($"is no tar, tar.gz or zip that can be read ({error.Message.TrimEnd('.')})", error);
        }

        tree.Complete();
    }

    private static async ValueTask UntarAsync(Stream stream, UnpackedTree tree, CancellationToken cancellationToken)
    {
        await using var reader = new TarReader(new TarHeaders(stream));
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    tree.AddDirectory(entry.Name);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    await tree.AddFileAsync(entry.Name, entry.DataStream, entry.Mode.HasFlag(UnixFileMode.UserExecute), cancellationToken);
                    break;
                case TarEntryType.SymbolicLink:
                    tree.AddLink(entry.Name, entry.LinkName);
                    break;
                case TarEntryType.HardLink:
                    tree.AddHardLink(entry.Name, entry.LinkName);
                    break;
                case TarEntryType.GlobalExtendedAttributes:
                    // git archive puts the commit there; it names no file.
                    break;
                default:
                    throw tree.Invalid($"has '{entry.Name}', which is neither a file nor a directory nor a link ({entry.EntryType})");
            }
        }
    }

    private static async ValueTask UnzipAsync(Stream stream, UnpackedTree tree, CancellationToken cancellationToken)
    {
        const int TypeMask = 0xF000, Link = 0xA000, LongestTarget = 4096;
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            int mode = entry.ExternalAttributes >> 16;
            if (entry.FullName.EndsWith('/'))
            {
                tree.AddDirectory(entry.FullName);
                continue;
            }

            await using Stream content = await entry.OpenAsync(cancellationToken);
            if ((mode & TypeMask) == Link)
            {
                byte[] target = new byte[LongestTarget + 1];
                int length = await content.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellationToken);
                if (length > LongestTarget)
                {
                    throw tree.Invalid($"has the link '{entry.FullName}', whose target is longer than {LongestTarget:N0} bytes");
                }

                tree.AddLink(entry.FullName, System.Text.Encoding.UTF8.GetString(target, 0, length));
            }
            else
            {
                await tree.AddFileAsync(entry.FullName, content, (mode & (int)UnixFileMode.UserExecute) != 0, cancellationToken);
            }
        }
    }
}
