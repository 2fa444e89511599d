using BuildCache.Stores;
using BuildCache.Stores.S3;

namespace BuildCache.Sources.Mirroring;

/// <summary>Where a mirror is: a folder, a prefix in a bucket, or the address of a web server that serves one of those.</summary>
/// <param name="Folder">Full path of the folder, of a mirror in one.</param>
/// <param name="Bucket">The prefix, of a mirror in a bucket.</param>
/// <param name="Address">The address of a web server, with a slash at its end.</param>
internal sealed record MirrorLocation(string? Folder, S3Location? Bucket, string? Address)
{
    /// <summary>Reads what a user writes: a full path, <c>file:</c>, <c>s3:</c>, <c>http:</c> or <c>https:</c>.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static MirrorLocation Parse(string text)
    {
        if (Path.IsPathFullyQualified(text))
        {
            return new MirrorLocation(Path.TrimEndingDirectorySeparator(Path.GetFullPath(text)), null, null);
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri.Scheme switch
        {
            "file" => new MirrorLocation(Path.TrimEndingDirectorySeparator(uri.LocalPath), null, null),
            "s3" => new MirrorLocation(null, S3Location.Parse(StoreUri.Parse(text)), null),
            "http" or "https" => new MirrorLocation(null, null, text.TrimEnd('/') + "/"),
            _ => throw Invalid(text),
        }
        : throw Invalid(text);
    }

    private static BuildCacheException Invalid(string text) => new(ErrorId.InvalidStoreUri,
        $"'{Git.GitUrl.WithoutSecrets(text)}' names no mirror. Give a folder, or a URI as in 's3://bucket/prefix?region=eu-north-1'; to test one, also the address at which a web server serves it.");
}
