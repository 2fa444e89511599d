using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;

namespace BuildCache.Stores.S3;

/// <summary>Says in words what S3 or the way to it refused. What the SDK says of it may hold key ids and signatures, and is never passed on.</summary>
internal static partial class S3Errors
{
    /// <summary>Whether an error is a definite "there is no such object".</summary>
    public static bool IsNotFound(AmazonServiceException error) =>
        error.StatusCode == HttpStatusCode.NotFound && error.ErrorCode is "NoSuchKey" or "NotFound" or "404" or "NoSuchUpload" or null or "";

    /// <summary>Whether a condition that was asked for did not hold.</summary>
    public static bool IsConditionFailed(AmazonServiceException error) =>
        error.StatusCode == HttpStatusCode.PreconditionFailed || error.ErrorCode == "PreconditionFailed";

    /// <summary>Whether the server does not know conditions.</summary>
    public static bool IsNotImplemented(AmazonServiceException error) =>
        error.StatusCode == HttpStatusCode.NotImplemented || error.ErrorCode == "NotImplemented";

    /// <summary>Whether asking again may help where the SDK does not ask again by itself.</summary>
    public static bool IsPassing(Exception error) =>
        error is AmazonServiceException { StatusCode: HttpStatusCode.TooManyRequests } || IsConflict(error) || IsUnreadable(error);

    /// <summary>Whether somebody else wrote the same object at the same moment: even who only reads may be told so.</summary>
    public static bool IsConflict(Exception error) => error is AmazonServiceException { StatusCode: HttpStatusCode.Conflict };

    /// <summary>Makes the store's error of whatever a call threw.</summary>
    public static BuildCacheException Of(S3Location store, Exception error) => error switch
    {
        BuildCacheException known => known,
        _ when IsUnreadable(error) => new(ErrorId.StoreUnsuitable,
            $"{store} answers with something that is not of S3, or that was damaged on the way. Check the endpoint and the network."),
        AmazonServiceException service => OfService(store, service),
        AmazonClientException client when IsAboutCredentials(client) => new(ErrorId.StoreAccessDenied,
            $"No credentials for {store} were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them."),
        _ when Causes(error).OfType<AuthenticationException>().FirstOrDefault() is { } refused => OfTls(store, refused),
        OperationCanceledException or TimeoutException => new(ErrorId.StoreUnavailable, $"{store} did not answer in time. Check the network and the endpoint."),
        _ => new(ErrorId.StoreUnavailable, $"{store} cannot be reached: {Reason(error)} Check the network and the endpoint."),
    };

    // TLS that made no sense was none; only a certificate can be trusted or not.
    private static BuildCacheException OfTls(S3Location store, AuthenticationException error) =>
        error.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
            ? new(ErrorId.StoreNotTrusted, $"The certificate of {store} is not trusted by this machine: {error.Message.TrimEnd('.')}. Check the endpoint, or have this machine trust the authority that signed it.")
            : new(ErrorId.StoreUnsuitable, $"No TLS connection to {store} can be made: {error.Message.TrimEnd('.')}. If the service does not use TLS, write http:// into the option 'endpoint'.");

    private static BuildCacheException OfService(S3Location store, AmazonServiceException error)
    {
        string? region = RegionIn(error);
        return error.ErrorCode switch
        {
            "NoSuchBucket" => new(ErrorId.StoreNotFound, $"There is no bucket '{store.Bucket}' for {store}. Create it, or correct the URI."),
            "RequestTimeTooSkewed" => new(ErrorId.StoreClockSkew,
                $"{store} refuses requests of another time: its clock says {TimeOf(Header(error, "Date"))}, and that of this machine {Text(DateTimeOffset.UtcNow)}. Set the one that is wrong."),
            "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "TemporaryRedirect" => OfRegion(store, region),
            "ExpiredToken" or "RequestExpired" or "TokenRefreshRequired" =>
                new(ErrorId.StoreAccessDenied, $"The credentials for {store} have expired. Get new ones (as with 'aws sso login') and try again."),
            "InvalidAccessKeyId" => new(ErrorId.StoreAccessDenied, $"{store} does not know the access key. Check AWS_ACCESS_KEY_ID or the profile."),
            "SignatureDoesNotMatch" or "InvalidToken" =>
                new(ErrorId.StoreAccessDenied, $"{store} refused the signature of the request. Check AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN or the profile, and the region."),
            "NotImplemented" => new(ErrorId.StoreUnsuitable, $"{store} does not know something that a store needs. Use a service that speaks the whole of S3."),
            _ when error.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new(ErrorId.StoreAccessDenied,
                $"{store} refused access. The credentials need s3:ListBucket, s3:GetObject and, to save and prune, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload. Without s3:ListBucket what is absent looks as if it were refused."),
            _ when error.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect => OfRegion(store, region),
            // No object was asked for here, whose absence is an answer. Some servers do not say it in a way that the SDK reads.
            _ when error.StatusCode is HttpStatusCode.NotFound && error.ErrorCode is "NotFound" or "404" or null or "" => new(ErrorId.StoreNotFound,
                $"There is no bucket '{store.Bucket}' for {store}, or what answers there is not S3. Create it, or correct the URI."),
            _ when error.StatusCode is HttpStatusCode.BadRequest && region is not null && region != store.Region => OfRegion(store, region),
            _ when error.StatusCode == 0 => new(ErrorId.StoreUnavailable, $"{store} cannot be reached: {Reason(error)} Check the network and the endpoint."),
            _ => new(ErrorId.StoreUnavailable, $"{store} answered {(int)error.StatusCode}{(IsWord(error.ErrorCode) ? $" ({error.ErrorCode})" : "")}. Try again later."),
        };
    }

    private static BuildCacheException OfRegion(S3Location store, string? region) => new(ErrorId.StoreNotFound,
        $"The bucket of {store} is {(region is null ? "" : $"in the region {region}, ")}not in {store.Region ?? "the one that the environment names"}. "
        + (region is null ? "Correct 'region' or 'endpoint' in the URI." : $"Write 'region={region}' into the URI."));

    // Amazon says it in a header; others, who copied its words, in them alone. The SDK keeps nothing else of the answer.
    private static string? RegionIn(AmazonServiceException error)
    {
        Match expected = ExpectedRegion().Match(Header(error, "x-amz-bucket-region") is { } named ? $"expecting '{named}'" : error.Message);
        return expected.Success ? expected.Groups[1].Value : null;
    }

    [GeneratedRegex("expecting '([a-z0-9-]{1,40})'", RegexOptions.CultureInvariant)]
    private static partial Regex ExpectedRegion();

    private static string? Header(AmazonServiceException error, string name) =>
        Causes(error).OfType<HttpErrorResponseException>().FirstOrDefault()?.Response is { } response && response.IsHeaderPresent(name) ? response.GetHeaderValue(name) : null;

    // What a server says gets into a message as a time only.
    private static string TimeOf(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? Text(time) : "another time";

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);

    private static bool IsUnreadable(Exception error) => error is AmazonUnmarshallingException or System.Xml.XmlException;

    private static bool IsAboutCredentials(AmazonClientException error) =>
        error.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("identity", StringComparison.OrdinalIgnoreCase);

    private static bool IsWord(string? text) => text is { Length: > 0 and < 60 } && text.All(char.IsAsciiLetterOrDigit);

    // What sockets and HTTP say names a host at most.
    private static string Reason(Exception error) => Causes(error).LastOrDefault(cause => cause is IOException or HttpRequestException or System.Net.Sockets.SocketException) switch
    {
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http => $"{http.HttpRequestError}.",
        { } cause => cause.Message.TrimEnd('.') + ".",
        null => $"{error.GetType().Name}.",
    };

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
