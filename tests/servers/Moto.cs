namespace BuildCache.TestServers;

/// <summary>
/// moto's server: S3 over plain HTTP, in memory, with buckets made by the tests. It takes any credentials and
/// checks no signature.
/// </summary>
public sealed class Moto : RealServer
{
    private const string Name = "moto";

    private Moto() : base(Name)
    {
    }

    /// <summary>Why it cannot be had on this machine, for the message of a skipped test; null when it can.</summary>
    public static string? Unavailable => ServerScripts.ReasonUnavailable(Name);

    /// <summary>Starts one without buckets and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended at once; the message has the end of its log.</exception>
    /// <exception cref="TimeoutException">It did not answer within a minute; the message has the end of its log.</exception>
    public static async Task<Moto> StartAsync(CancellationToken cancellationToken = default)
    {
        var server = new Moto();
        await server.LaunchAsync(cancellationToken);
        return server;
    }

    private protected override async Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await client.GetAsync("/moto-api/data.json", cancellationToken);
        return response.IsSuccessStatusCode;
    }
}
