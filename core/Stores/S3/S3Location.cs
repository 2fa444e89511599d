using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace BuildCache.Stores.S3;

/// <summary>Which bucket, where, and under which prefix.</summary>
/// <param name="Uri">The store's URI without its options.</param>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">Empty, or what the names of all objects begin with, up to and with a <c>/</c>.</param>
/// <param name="Endpoint">Where the service is, unless it is AWS itself.</param>
/// <param name="Region">The region, unless the environment or the profile says so.</param>
/// <param name="PathStyle">Whether the bucket stands in the path and not in the name of the host.</param>
internal sealed record S3Location(Uri Uri, string Bucket, string Prefix, Uri? Endpoint, string? Region, bool PathStyle)
{
    /// <summary>Reads a URI as in <c>s3://bucket/prefix?endpoint=…&amp;region=…&amp;pathStyle=true</c>.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static S3Location Parse(StoreUri uri)
    {
        string? endpoint = uri.Take("endpoint");
        string? region = uri.Take("region");
        bool pathStyle = uri.TakeSwitch("pathStyle");
        uri.RefuseRest("endpoint", "region", "pathStyle");
        if (uri.Uri.Host.Length == 0 || !uri.Uri.IsDefaultPort)
        {
            throw uri.Invalid("it has to name a bucket, as in 's3://bucket/prefix'; where the service is goes into 'endpoint'");
        }

        Uri? service = null;
        if (endpoint is not null
            && (!Uri.TryCreate(endpoint, UriKind.Absolute, out service) || service.Scheme is not ("http" or "https") || service.Query.Length > 0 || service.UserInfo.Length > 0))
        {
            throw uri.Invalid("the option 'endpoint' is no address as in 'https://host:port'");
        }

        if (region is not null && (region.Length == 0 || !region.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')))
        {
            throw uri.Invalid("the option 'region' is no name as in 'eu-north-1'");
        }

        string prefix = Uri.UnescapeDataString(uri.Uri.AbsolutePath).Trim('/');
        // A listing comes as XML, which has no words for some characters; and a name has room for so much.
        const int LongestPrefix = 200;
        if (prefix.Length > LongestPrefix || prefix.Any(char.IsControl) || !prefix.All(char.IsAscii))
        {
            throw uri.Invalid($"its prefix has more than {LongestPrefix} characters, or others than those of ASCII");
        }

        return new S3Location(uri.Uri, uri.Uri.Host, prefix.Length == 0 ? "" : prefix + "/", service, region, pathStyle);
    }

    /// <summary>Where it is, for messages.</summary>
    public override string ToString() => $"{Uri}{(Endpoint is null ? "" : $" at {Endpoint.GetLeftPart(UriPartial.Authority)}")}";

    /// <summary>Makes the client. Nothing is asked yet.</summary>
    /// <param name="credentials">Whose; without them, those that the SDK finds where it usually looks.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>: nobody says which region.</exception>
    public AmazonS3Client Connect(AWSCredentials? credentials)
    {
        var configuration = new AmazonS3Config
        {
            ForcePathStyle = PathStyle,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = 2,
            Timeout = TimeSpan.FromSeconds(30),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // What is read is verified by its digest, and what is written says its SHA-256: the SDK's own checksums would come on top.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (Endpoint is not null)
        {
            configuration.ServiceURL = Endpoint.AbsoluteUri;
            configuration.AuthenticationRegion = Region ?? "us-east-1";
        }
        else if (Region is not null)
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(Region);
        }

        try
        {
            return credentials is null ? new AmazonS3Client(configuration) : new AmazonS3Client(credentials, configuration);
        }
        catch (AmazonClientException)
        {
            throw new BuildCacheException(ErrorId.InvalidStoreUri,
                $"'{Uri}' does not say in which region the bucket is, and neither does the environment. Add 'region=…' to the URI, or set AWS_REGION.");
        }
    }
}
