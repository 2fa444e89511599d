using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.S3;

namespace BuildCache.Stores.S3;

/// <summary>Says in words what S3 or the way to it refused. What the SDK says of it may hold key ids and signatures, and is never passed on.</summary>
internal static class S3Errors
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
        error is AmazonServiceException { StatusCode: HttpStatusCode.TooManyRequests } || IsUnreadable(error);

    /// <summary>Makes the store's error of whatever a call threw.</summary>
    public static BuildCacheException Of(S3Location store, Exception error) => error switch
    {
        BuildCacheException known => known,
        _ when IsUnreadable(error) => new(ErrorId.StoreUnsuitable,
            $"{store} answers with something that is not of S3, or that was damaged on the way. Check the endpoint and the network."),
        AmazonServiceException service => OfService(store, service),
        AmazonClientException client when IsAboutCredentials(client) => new(ErrorId.StoreAccessDenied,
            $"No credentials for {store} were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them."),
        _ when Causes(error).OfType<AuthenticationException>().Any() => new(ErrorId.StoreNotTrusted,
            $"The certificate of {store} is not trusted by this machine: {Causes(error).OfType<AuthenticationException>().First().Message} Check the endpoint, or trust the authority that signed it."),
        OperationCanceledException or TimeoutException => new(ErrorId.StoreUnavailable, $"{store} did not answer in time. Check the network and the endpoint."),
        _ => new(ErrorId.StoreUnavailable, $"{store} cannot be reached: {Reason(error)} Check the network and the endpoint."),
    };

    private static BuildCacheException OfService(S3Location store, AmazonServiceException error)
    {
        // Read from the body: the SDK has no members for these.
        Func<string, string?> detail = Detail(error);
        return error.ErrorCode switch
        {
            "NoSuchBucket" => new(ErrorId.StoreNotFound, $"There is no bucket '{store.Bucket}' for {store}. Create it, or correct the URI."),
            "RequestTimeTooSkewed" => new(ErrorId.StoreClockSkew,
                $"The clock of this machine says {DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture)} and that of {store} {detail("ServerTime") ?? "something else"}. Set the clock of this machine."),
            "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "TemporaryRedirect" =>
                new(ErrorId.StoreNotFound, $"The bucket of {store} is in another region than {store.Region ?? "the one that the environment names"}{(Region(detail) is { } region ? $": in {region}. Write 'region={region}' into the URI" : "")}. Correct 'region' or 'endpoint'."),
            "ExpiredToken" or "RequestExpired" or "TokenRefreshRequired" =>
                new(ErrorId.StoreAccessDenied, $"The credentials for {store} have expired. Get new ones (as with 'aws sso login') and try again."),
            "InvalidAccessKeyId" => new(ErrorId.StoreAccessDenied, $"{store} does not know the access key. Check AWS_ACCESS_KEY_ID or the profile."),
            "SignatureDoesNotMatch" or "InvalidToken" =>
                new(ErrorId.StoreAccessDenied, $"{store} refused the signature of the request. Check AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN or the profile, and the region."),
            "NotImplemented" => new(ErrorId.StoreUnsuitable, $"{store} does not know something that a store needs. Use a service that speaks the whole of S3."),
            _ when error.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new(ErrorId.StoreAccessDenied,
                $"{store} refused access. The credentials need s3:ListBucket, s3:GetObject and, to save and prune, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload. Without s3:ListBucket what is absent looks as if it were refused."),
            _ when error.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect =>
                new(ErrorId.StoreNotFound, $"The bucket of {store} is in another region than {store.Region ?? "the one that the environment names"}. Correct 'region' or 'endpoint'."),
            _ when error.StatusCode == 0 => new(ErrorId.StoreUnavailable, $"{store} cannot be reached: {Reason(error)} Check the network and the endpoint."),
            _ => new(ErrorId.StoreUnavailable, $"{store} answered {(int)error.StatusCode}{(IsWord(error.ErrorCode) ? $" ({error.ErrorCode})" : "")}. Try again later."),
        };
    }

    private static string? Region(Func<string, string?> detail) =>
        (detail("Region") ?? detail("BucketRegion")) is { Length: > 0 } region && region.All(character => char.IsAsciiLetterOrDigit(character) || character == '-') ? region : null;

    private static Func<string, string?> Detail(AmazonServiceException error)
    {
        if (error is not AmazonS3Exception { ResponseBody: { Length: > 0 and < 10_000 } body })
        {
            return _ => null;
        }

        try
        {
            XDocument document = XDocument.Parse(body);
            return name => document.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value is { Length: < 100 } value ? value : null;
        }
        catch (System.Xml.XmlException)
        {
            return _ => null;
        }
    }

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
