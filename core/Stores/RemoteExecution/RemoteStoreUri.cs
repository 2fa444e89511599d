using BuildCache.RemoteApis;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>Reads <c>grpc://host:port/instance</c> and its options.</summary>
internal static class RemoteStoreUri
{
    /// <summary>The environment variable that may hold a bearer token; the file of the option <c>tokenFile</c> comes first.</summary>
    public const string TokenVariable = "BUILDCACHE_TOKEN";

    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/> or <see cref="ErrorId.InvalidSetting"/>.</exception>
    public static RemoteEndpoint Endpoint(StoreUri uri)
    {
        bool isTls = uri.Uri.Scheme == "grpcs";
        var endpoint = new RemoteEndpoint
        {
            Host = uri.Uri.Host.Trim('[', ']'),
            Port = uri.Uri.Port > 0 ? uri.Uri.Port : isTls ? 443 : throw uri.Invalid("it has no port, as in 'grpc://localhost:50051'"),
            IsTls = isTls,
            Instance = Uri.UnescapeDataString(uri.Uri.AbsolutePath).Trim('/'),
            CaFile = uri.Take("ca"),
            ClientCertificateFile = uri.Take("certificate"),
            ClientKeyFile = uri.Take("key"),
            Token = uri.Take("tokenFile") is { } file ? ReadToken(file)
                : uri.HasCredentials && Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null,
        };
        uri.RefuseRest("ca", "certificate", "key", "tokenFile");
        if (endpoint.Host.Length == 0)
        {
            throw uri.Invalid("it has no host, as in 'grpc://localhost:50051'");
        }

        endpoint.Validate();
        return endpoint;
    }

    private static string ReadToken(string file)
    {
        try
        {
            return System.IO.File.ReadAllText(file).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The file '{file}' with the token cannot be read: {error.Message}", error);
        }
    }
}
