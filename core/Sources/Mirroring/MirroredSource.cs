namespace BuildCache.Sources.Mirroring;

/// <summary>What a mirror has of a source after it was synchronised.</summary>
/// <param name="Name">The source; of a submodule its name, <c>/</c> and the path of the submodule.</param>
/// <param name="Kind">The kind of the source.</param>
/// <param name="Url">Its address, with its alias where it has one.</param>
/// <param name="Path">Where it lies in the mirror, relative and with <c>/</c>.</param>
public sealed record MirroredSource(string Name, string Kind, string Url, string Path)
{
    /// <summary>Whether the mirror has every ref that the project names, submodules included.</summary>
    public bool IsComplete { get; internal init; }

    /// <summary>The refs that the project names, and whether the mirror has each.</summary>
    public IReadOnlyList<MirroredRef> Needed { get; internal init; } = [];

    /// <summary>How many refs the mirror has: branches, tags and the like; of a file or an archive, 1.</summary>
    public int Refs { get; internal init; }

    /// <summary>How many refs the origin has dropped or moved away from and the mirror keeps.</summary>
    public int Kept { get; internal init; }

    /// <summary>How many refs are new.</summary>
    public int Added { get; internal init; }

    /// <summary>How many refs are at something else than before.</summary>
    public int Moved { get; internal init; }

    /// <summary>How many refs are gone.</summary>
    public int Deleted { get; internal init; }

    /// <summary>How many bytes it has in the mirror.</summary>
    public long Bytes { get; internal init; }

    /// <summary>How many of them are new.</summary>
    public long NewBytes { get; internal init; }

    /// <summary>What else there is to say, a sentence each.</summary>
    public IReadOnlyList<string> Notices { get; internal init; } = [];

    /// <summary>Why the mirror could not be brought to what the origin has; <see langword="null"/> when it could.</summary>
    public BuildCacheException? Error { get; internal init; }

    /// <summary>The error and the notices.</summary>
    public string Message => string.Join(" ", Error is null ? Notices : [Error.Message, .. Notices]);
}

/// <summary>A ref that a project names.</summary>
/// <param name="Ref">The commit or the checksum.</param>
/// <param name="IsThere">Whether the mirror has it.</param>
public readonly record struct MirroredRef(string Ref, bool IsThere);
