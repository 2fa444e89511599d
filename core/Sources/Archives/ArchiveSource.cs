using System.Globalization;

namespace BuildCache.Sources.Archives;

/// <summary>Sources that are an archive, known by its checksum and unpacked: tar, tar.gz or zip.</summary>
public sealed class ArchiveSource : FileSource
{
    private const string Strip = "strip";

    /// <inheritdoc/>
    public override string Name => "archive";

    private protected override IReadOnlyList<string> Options => [Strip, "directory"];

    /// <inheritdoc/>
    public override void Check(SourceDeclaration source)
    {
        base.Check(source);
        _ = StripOf(source);
    }

    /// <inheritdoc/>
    public override async ValueTask<string> UnpackAsync(SourceDeclaration source, string url, string file, string directory, CancellationToken cancellationToken = default)
    {
        await Unpacking.UnpackAsync(file, new UnpackedTree(source, directory, StripOf(source), ArchiveLimits.Of(new FileInfo(file).Length)), cancellationToken);
        return file;
    }

    private static int StripOf(SourceDeclaration source) => !source.Options.TryGetValue(Strip, out string? text) ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int strip) && strip <= 100 ? strip
        : throw new BuildCacheException(ErrorId.InvalidSource, $"The 'strip' '{text}' of the source {source} is no number from 0 to 100. Give how many leading directories of the archive to leave out.");
}
