using BuildCache.Content.Wire;
using BuildCache.Keys;
using BuildCache.RemoteApis;
using BuildCache.Stores.Packs;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>The action that a key is to a server, and the result that an entry is.</summary>
internal sealed class EntryAction
{
    private readonly byte[] _command;
    private readonly byte[] _action;

    private EntryAction(CacheKey key)
    {
        // Whoever looks at the server's own pages sees what it is; nothing ever runs it.
        var command = new Command { Arguments = { "buildcache", "entry", key.Id } };
        _command = command.ToByteArray();
        var action = new Content.Wire.Action
        {
            CommandDigest = Digest.Of(_command).ToWire(),
            InputRootDigest = Digest.Empty.ToWire(),
            Salt = UnsafeByteOperations.UnsafeWrap(key.CanonicalBytes),
        };
        _action = action.ToByteArray();
        Digest = Digest.Of(_action);
    }

    /// <summary>What the server files the result under.</summary>
    public Digest Digest { get; }

    /// <summary>What the server's own checks of an action may want to find.</summary>
    public IEnumerable<byte[]> Blobs => [_command, _action];

    /// <summary>Makes the action of a key: the same bytes for the same key, always.</summary>
    public static EntryAction Of(CacheKey key) => new(key);

    /// <summary>Puts an entry into the form of a result. The outputs are what the server keeps together with it.</summary>
    public static ActionResult Encode(byte[] entry, EntryContent content)
    {
        var result = new ActionResult { StdoutRaw = UnsafeByteOperations.UnsafeWrap(entry), StdoutDigest = Digest.Of(entry).ToWire() };
        result.OutputFiles.Add(content.Files.Select(file => new OutputFile { Path = file.Path, Digest = file.Blob.ToWire(), IsExecutable = file.IsExecutable }));
        // Their paths are nobody's: they are not restored.
        result.OutputFiles.Add(content.Others.Select(blob => new OutputFile { Path = $".buildcache/{blob.Hash}", Digest = blob.ToWire() }));
        result.OutputDirectories.Add(content.Trees.Select(tree => new OutputDirectory
        {
            Path = tree.Path,
            TreeDigest = tree.Tree.ToWire(),
            RootDirectoryDigest = tree.Top.ToWire(),
        }));
        return result;
    }

    /// <summary>The result that stands for an entry that was removed: action results cannot be.</summary>
    public static ActionResult Removed { get; } = new() { ExitCode = 1 };

    /// <summary>Reads the entry out of a result.</summary>
    /// <param name="key">The key that was asked for.</param>
    /// <param name="entry">What the result printed.</param>
    /// <returns><see langword="null"/> when it is none, or one of another key.</returns>
    public static EntryObject? Decode(CacheKey key, ReadOnlyMemory<byte> entry) =>
        EntryObject.Decode(entry, key.ToString()) is { Written: not null } decoded && decoded.Key.Equals(key) ? decoded : null;
}
