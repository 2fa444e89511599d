using BuildCache.Content.Wire;
using Google.Protobuf;

namespace BuildCache.Content;

/// <summary>Turns directories into the canonical <c>Directory</c> messages of Remote Execution API v2 and back.</summary>
public static class TreeCodec
{
    private const int RootField = 1;
    private const int ChildField = 2;

    // What nobody asks for takes more memory than it has bytes.
    private static readonly MessageParser<Wire.Directory> s_directory = Wire.Directory.Parser.WithDiscardUnknownFields(true);

    /// <summary>Encodes a directory and everything below it.</summary>
    /// <param name="directory">The top of the tree.</param>
    /// <param name="messages">Receives each distinct directory message under its digest.</param>
    /// <returns>The digest of the top.</returns>
    public static Digest Encode(TreeDirectory directory, IDictionary<Digest, byte[]> messages)
    {
        // Field order is fixed by the generated code; the sorted dictionaries give the order of names.
        var message = new Wire.Directory { NodeProperties = directory.Properties.ToWire() };
        foreach ((string name, TreeFile file) in directory.Files)
        {
            message.Files.Add(new FileNode { Name = name, Digest = ToWire(file.Digest), IsExecutable = file.IsExecutable, NodeProperties = file.Properties.ToWire() });
        }

        foreach ((string name, TreeDirectory child) in directory.Directories)
        {
            message.Directories.Add(new DirectoryNode { Name = name, Digest = ToWire(Encode(child, messages)) });
        }

        foreach ((string name, string target) in directory.Symlinks)
        {
            message.Symlinks.Add(new SymlinkNode { Name = name, Target = target });
        }

        byte[] bytes = message.ToByteArray();
        Digest digest = Content.Digest.Of(bytes);
        messages[digest] = bytes;
        return digest;
    }

    /// <summary>Puts directory messages together into one <c>Tree</c> message.</summary>
    /// <param name="top">The digest of the top.</param>
    /// <param name="messages">The messages of the top and of all below it, each under its digest.</param>
    public static byte[] EncodeTree(Digest top, IReadOnlyDictionary<Digest, byte[]> messages)
    {
        var bytes = new MemoryStream(messages.Values.Sum(message => message.Length + 6));
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            Write(RootField, messages[top]);
            // In an order of their own, so that equal trees are equal blobs.
            foreach ((Digest digest, byte[] message) in messages.OrderBy(pair => pair.Key.Hash, StringComparer.Ordinal))
            {
                if (digest != top)
                {
                    Write(ChildField, message);
                }
            }

            void Write(int field, byte[] message)
            {
                output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(UnsafeByteOperations.UnsafeWrap(message));
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Takes a <c>Tree</c> message apart into its directory messages, each under the digest of its bytes as they stand there.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: it is no such message.</exception>
    public static Dictionary<Digest, byte[]> DecodeTree(byte[] bytes)
    {
        try
        {
            var messages = new Dictionary<Digest, byte[]>();
            var input = new CodedInputStream(bytes);
            long count = 0;
            while (input.ReadTag() is not 0 and uint tag)
            {
                if (tag == WireFormat.MakeTag(RootField, WireFormat.WireType.LengthDelimited) || tag == WireFormat.MakeTag(ChildField, WireFormat.WireType.LengthDelimited))
                {
                    byte[] message = input.ReadBytes().ToByteArray();
                    messages[Content.Digest.Of(message)] = ++count <= Ceilings.TreeNodes ? message : throw TooMany();
                }
                else
                {
                    input.SkipLastField();
                }
            }

            return messages;
        }
        catch (Exception error) when (MalformedMessage.Is(error))
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, "A blob that should describe a tree does not. The entry that names it is damaged; remove it.", error);
        }
    }

    /// <summary>Decodes one directory message. Its sub-directories are given by digest, to be decoded in turn.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobCorrupt"/>: it is no directory message, or has a name that is unsafe or stands in it twice.
    /// </exception>
    public static DirectoryListing Decode(byte[] bytes)
    {
        Wire.Directory message;
        try
        {
            RefuseTooManyFields(bytes);
            message = s_directory.ParseFrom(bytes);
        }
        catch (Exception error) when (MalformedMessage.Is(error))
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, "A blob that should describe a directory does not. The entry that names it is damaged; remove it.", error);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var listing = new DirectoryListing([], [], []) { Properties = NodeProperties.FromWire(message.NodeProperties) };
        foreach (FileNode file in message.Files)
        {
            listing.Files.Add((Checked(file.Name, names), new TreeFile(FromWire(file.Digest), file.IsExecutable, NodeProperties.FromWire(file.NodeProperties))));
        }

        foreach (DirectoryNode child in message.Directories)
        {
            listing.Directories.Add((Checked(child.Name, names), FromWire(child.Digest)));
        }

        foreach (SymlinkNode link in message.Symlinks)
        {
            listing.Symlinks.Add((Checked(link.Name, names), link.Target.Length is > 0 and <= Ceilings.LinkTarget && !link.Target.Contains('\0', StringComparison.Ordinal) ? link.Target
                : throw new BuildCacheException(ErrorId.BlobCorrupt, $"The link '{link.Name}' in the store leads nowhere. The entry that names it is damaged; remove it.")));
        }

        return listing;
    }

    // An empty field takes two bytes there and an object here.
    private static void RefuseTooManyFields(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        for (long fields = 0; input.ReadTag() != 0; fields++)
        {
            if (fields == Ceilings.TreeNodes)
            {
                throw TooMany();
            }

            input.SkipLastField();
        }
    }

    private static BuildCacheException TooMany() =>
        new(ErrorId.BlobCorrupt, $"A directory in the store has more than {Ceilings.TreeNodes:N0} parts. The entry that names it cannot be trusted; remove it.");

    private static string Checked(string name, HashSet<string> names) =>
        name.Length <= Ceilings.TreeName && SafePath.IsName(name) && names.Add(name)
            ? name
            : throw new BuildCacheException(ErrorId.BlobCorrupt, $"A directory in the store has an unsafe or repeated name, '{(name.Length > 100 ? name[..100] + "…" : name)}'. The entry that names it cannot be trusted; remove it.");

    private static Wire.Digest ToWire(Digest digest) => new() { Hash = digest.Hash, SizeBytes = digest.Size };

    private static Digest FromWire(Wire.Digest? digest) =>
        digest is not null && Content.Digest.TryParse(digest.Hash, digest.SizeBytes, out Digest parsed)
            ? parsed
            : throw new BuildCacheException(ErrorId.BlobCorrupt, "A directory in the store names content by a malformed digest. The entry that names it is damaged; remove it.");
}

/// <summary>One directory as it came out of a store.</summary>
public sealed record DirectoryListing(
    List<(string Name, TreeFile File)> Files,
    List<(string Name, Digest Digest)> Directories,
    List<(string Name, string Target)> Symlinks)
{
    /// <summary>What was kept of the directory itself.</summary>
    public NodeProperties Properties { get; init; }
}
