namespace BuildCache.TestServers;

/// <summary>A request that a peer received.</summary>
/// <param name="Method">The HTTP method; a gRPC call is a POST.</param>
/// <param name="Path">The path as it was sent, with its percent-encoding; a gRPC call's is <c>/package.Service/Method</c>.</param>
/// <param name="Query">The query as it was sent, with its question mark; empty when there is none.</param>
public sealed record SeenRequest(string Method, string Path, string Query)
{
    internal static SeenRequest From(string method, string rawTarget)
    {
        int query = rawTarget.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? new SeenRequest(method, rawTarget, "") : new SeenRequest(method, rawTarget[..query], rawTarget[query..]);
    }
}
