using System.Net;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Sends single requests and gives every way in which one fails its meaning, without a word of address or token.</summary>
internal sealed class ServiceHttp : IDisposable
{
    // Long enough for a service that is busy, short enough for a build that waits.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _clock;

    // Redirects are not followed: one would carry what is secret to whoever it names.
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "BuildCache" } },
    };

    /// <param name="clock">Measures how long a peer is silent.</param>
    public ServiceHttp(TimeProvider clock) => _clock = clock;

    /// <summary>Sends a request and lets a reader have the answer while it still arrives.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">Reads the answer; its last argument says that something arrived, which is as long as the peer may be silent.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="TransientFault">The connection failed, or the peer fell silent.</exception>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreNotTrusted"/>.</exception>
    public async ValueTask<T> SendAsync<T>(
        HttpRequestMessage request, Func<HttpResponseMessage, Patience, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        using var patience = new Patience(s_silence, _clock, cancellationToken);
        if (request.Content is FileBlockContent block)
        {
            block.Patience = patience;
        }

        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            patience.Renew();
            if (request.Content is FileBlockContent { Problem: { } problem })
            {
                // Whatever the peer made of it.
                throw problem;
            }

            return await read(response, patience);
        }
        catch (Exception) when (request.Content is FileBlockContent { Problem: not null })
        {
            throw ((FileBlockContent)request.Content).Problem!;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientFault($"nothing was heard for {s_silence.TotalSeconds:0} s");
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw new BuildCacheException(ErrorId.StoreNotTrusted,
                "No secure connection to GitHub's cache service could be made: its certificate is not trusted by this machine, or is for another name. Install the certificate authority of the proxy or server in between.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new TransientFault(error switch
            {
                HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name is not known",
                HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "no connection could be made",
                _ => "the connection was cut",
            });
        }
    }

    /// <summary>Gives the statuses that mean the same everywhere their meaning.</summary>
    /// <exception cref="TransientFault">The service is in trouble.</exception>
    /// <exception cref="BuildCacheException">It asks to be left alone for a while.</exception>
    public static void ThrowIfInTrouble(HttpResponseMessage response)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                throw new TransientFault($"it answered {(int)response.StatusCode}");
            case HttpStatusCode.TooManyRequests:
                string wait = response.Headers.RetryAfter switch
                {
                    { Delta: { } delta } => $" It asks to wait {delta.TotalSeconds:0} s.",
                    { Date: { } date } => $" It asks to wait until {date:u}.",
                    _ => "",
                };
                throw new BuildCacheException(ErrorId.StoreUnavailable,
                    $"GitHub's cache service refused because of its rate limit (429).{wait} Use it from fewer jobs at a time, or try again later.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
