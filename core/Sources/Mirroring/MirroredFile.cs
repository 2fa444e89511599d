using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Sources.Archives;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Mirroring;

/// <summary>A file or an archive in a mirror, as it was.</summary>
internal sealed class MirroredFile(MirrorFolder folder, SourceDeclaration source, string place)
{
    private readonly string _file = folder.PathOf(place);

    /// <summary>Gets the file unless it is there with the checksum that the project names.</summary>
    /// <param name="url">The address at the origin.</param>
    /// <param name="report">What is known of the source so far.</param>
    /// <param name="cancellationToken">Stops; the mirror is then as it was.</param>
    public async ValueTask<MirroredSource> SyncAsync(string url, MirroredSource report, CancellationToken cancellationToken)
    {
        folder.RefuseInsideRepository(source, place);
        string? wanted = source.Ref is null ? null : Checksum.Of(Checksum.HashOf(source));
        Digest? there = File.Exists(_file) ? folder.DigestOf(_file, cancellationToken) : null;
        if (there is { } had && (wanted is null || Checksum.Of(had) == wanted))
        {
            return Complete(report, had);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        AtomicFile.Sweep(Path.GetDirectoryName(_file)!);
        using var file = new AtomicFile(_file);
        try
        {
            Digest got = await Download.ToFileAsync(source, url, file.TemporaryPath, cancellationToken);
            if (wanted is not null && Checksum.Of(got) != wanted)
            {
                string kept = there is { } old ? $" The mirror keeps what it has, {Checksum.Of(old)}." : "";
                throw new BuildCacheException(ErrorId.ChecksumDiffers,
                    $"What '{GitUrl.WithoutSecrets(url)}' has for the source {source} has the checksum {Checksum.Of(got)}, and {source.Ref} is expected; it is not mirrored.{kept} Somebody replaced it, or the ref is of another version.");
            }

            if (there is { } before)
            {
                Keep(before);
            }

            file.Replace();
            MirroredSource complete = Complete(report, got);
            return complete with
            {
                Added = there is null ? 1 : 0,
                Moved = there is null ? 0 : 1,
                NewBytes = got.Size,
                Notices = there is { } other ? [.. complete.Notices, $"Before, the mirror had {Checksum.Of(other)} at this place; it is kept in {MirrorPlace.Own}/kept."] : complete.Notices,
            };
        }
        catch (BuildCacheException error)
        {
            return report with { Error = error, Needed = wanted is null ? [] : [new MirroredRef(wanted, false)], Refs = there is null ? 0 : 1, Bytes = there?.Size ?? 0 };
        }
    }

    // An older state of the project may name it.
    private void Keep(Digest before)
    {
        string kept = Path.Combine(folder.Own, "kept", before.Hash);
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        File.Move(_file, kept, overwrite: true);
    }

    private MirroredSource Complete(MirroredSource report, Digest digest) => report with
    {
        IsComplete = true,
        Refs = 1,
        Bytes = digest.Size,
        Needed = source.Ref is null ? [] : [new MirroredRef(Checksum.Of(digest), true)],
        Notices = source.Ref is null ? [$"The source has no ref; what the mirror has is {Checksum.Of(digest)}."] : [],
    };
}
