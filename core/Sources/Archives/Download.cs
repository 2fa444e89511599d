using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Archives;

/// <summary>Gets a file from a web server or a folder.</summary>
internal static class Download
{
    // No source is larger. What has no checksum yet, or the wrong one, may never end.
    private const long Largest = 20L << 30;
    private const int BufferSize = 128 * 1024;

    // Long enough for a slow mirror, and an answer that stops coming is not waited for any longer.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(60);

    // One for the process, as its connections are. Proxies are those of the environment.
    private static readonly HttpClient s_client = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AutomaticDecompression = DecompressionMethods.None,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Writes what an address has to a file.</summary>
    /// <param name="source">What it is for, in messages.</param>
    /// <param name="url">The address: <c>http:</c>, <c>https:</c>, <c>file:</c> or a path.</param>
    /// <param name="file">Full path of the file to write.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The digest of what was written.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.SourceAccessDenied"/> or <see cref="ErrorId.SourceUnavailable"/>.</exception>
    public static ValueTask<Digest> ToFileAsync(SourceDeclaration source, string url, string file, CancellationToken cancellationToken) =>
        ToFileAsync(source, url, file, Largest, cancellationToken);

    /// <summary>As <see cref="ToFileAsync(SourceDeclaration, string, string, CancellationToken)"/>, of up to a number of bytes.</summary>
    internal static async ValueTask<Digest> ToFileAsync(SourceDeclaration source, string url, string file, long most, CancellationToken cancellationToken)
    {
        try
        {
            if (GitUrl.IsLocal(url))
            {
                string path = Path.IsPathRooted(url) ? url : new Uri(url).LocalPath;
                if (File.Exists(path) && FileStamp.Read(path) is null)
                {
                    // A pipe would be waited for, and a device has no end.
                    throw new BuildCacheException(ErrorId.SourceUnavailable, $"'{path}', for the source {source}, is not a regular file. Check the address.");
                }

                await using FileStream local = File.OpenRead(path);
                return await CopyAsync(source, local, url, file, most, cancellationToken);
            }

            if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new BuildCacheException(ErrorId.InvalidSource, $"The address '{GitUrl.WithoutSecrets(url)}' of the source {source} is none of http, https and file. Correct it, or the alias it begins with.");
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(uri) { UserName = "", Password = "" }.Uri);
            if (uri.UserInfo.Length > 0)
            {
                request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo))));
            }

            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            silence.CancelAfter(s_silence);
            using HttpResponseMessage response = await s_client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw Refused(source, url, response.StatusCode);
            }

            if (response.Content.Headers.ContentLength > most)
            {
                throw TooLarge(source, url, most);
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(silence.Token);
            return await CopyAsync(source, body, url, file, most, silence.Token, () => silence.CancelAfter(s_silence));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BuildCacheException(ErrorId.SourceUnavailable, $"'{GitUrl.WithoutSecrets(url)}', for the source {source}, did not answer within {s_silence.TotalSeconds:0} seconds. Check the address and the network.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException or UnauthorizedAccessException or UriFormatException)
        {
            // Without the cause: its message may hold the address.
            throw new BuildCacheException(ErrorId.SourceUnavailable, $"'{GitUrl.WithoutSecrets(url)}', for the source {source}, cannot be had: {GitUrl.WithoutSecrets(error.Message).TrimEnd('.')}. Check the address and the network.");
        }
    }

    private static BuildCacheException Refused(SourceDeclaration source, string url, HttpStatusCode status) =>
        status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired
            ? new BuildCacheException(ErrorId.SourceAccessDenied, $"'{GitUrl.WithoutSecrets(url)}', for the source {source}, refused access (HTTP {(int)status}). Give credentials in the address of a mirror in your own settings.")
            : new BuildCacheException(ErrorId.SourceUnavailable, $"'{GitUrl.WithoutSecrets(url)}', for the source {source}, answered with HTTP {(int)status}. Check the address.");

    private static BuildCacheException TooLarge(SourceDeclaration source, string url, long most) =>
        new(ErrorId.SourceUnavailable, $"'{GitUrl.WithoutSecrets(url)}', for the source {source}, has more than {most:N0} bytes, and no source may. Check the address.");

    private static async ValueTask<Digest> CopyAsync(
        SourceDeclaration source, Stream from, string url, string file, long most, CancellationToken cancellationToken, Action? onProgress = null)
    {
        await using FileStream to = new(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: false);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long size = 0;
            for (int count; (count = await from.ReadAsync(buffer, cancellationToken)) > 0; size += count)
            {
                onProgress?.Invoke();
                if (size + count > most)
                {
                    throw TooLarge(source, url, most);
                }

                sha.AppendData(buffer, 0, count);
                to.Write(buffer, 0, count);
            }

            return new Digest(sha.GetHashAndReset(), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
