namespace BuildCache.TestServers;

/// <summary>
/// Ceph's radosgw: S3 over plain HTTP that checks signatures, over a small cluster with its objects in memory.
/// The tests make the buckets.
/// </summary>
public sealed class Radosgw : RealServer
{
    /// <summary>The access key of its first user, who makes the buckets.</summary>
    public const string AccessKey = "testkey";

    /// <summary>The secret key of that user.</summary>
    public const string SecretKey = "testsecret";

    /// <summary>The name of its second user, who may do what a policy of a bucket permits.</summary>
    public const string OtherUser = "other";

    /// <summary>The access key of that user.</summary>
    public const string OtherAccessKey = "otherkey";

    /// <summary>The secret key of that user.</summary>
    public const string OtherSecretKey = "othersecret";

    private const string Name = "radosgw";

    private Radosgw() : base(Name)
    {
    }

    /// <summary>Why it cannot be had on this machine, for the message of a skipped test; null when it can.</summary>
    public static string? Unavailable => ServerScripts.ReasonUnavailable(Name);

    /// <summary>Starts one without buckets and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended at once; the message has the end of its log.</exception>
    /// <exception cref="TimeoutException">It did not answer within a minute; the message has the end of its log.</exception>
    public static async Task<Radosgw> StartAsync(CancellationToken cancellationToken = default)
    {
        var server = new Radosgw();
        await server.LaunchAsync(cancellationToken);
        return server;
    }

    private protected override async Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellationToken)
    {
        // Without a name: the list of buckets, which is empty for one who is nobody.
        using HttpResponseMessage response = await client.GetAsync("/", cancellationToken);
        return response.IsSuccessStatusCode;
    }
}
