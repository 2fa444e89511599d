using BuildCache.Content.Wire;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>A name and a value that an asset has besides its URI.</summary>
internal readonly record struct AssetQualifier(string Name, string Value);

/// <summary>What a server has for a URI.</summary>
/// <param name="Digest">The blob, or the root directory.</param>
/// <param name="Uri">Which of the URIs that were asked for it was found under.</param>
/// <param name="Qualifiers">The qualifiers that the server names.</param>
/// <param name="ExpiresAt">Until when the answer holds, if the server says.</param>
internal sealed record RemoteAsset(Digest Digest, string Uri, IReadOnlyList<AssetQualifier> Qualifiers, DateTimeOffset? ExpiresAt);

/// <summary>An asset to store a pointer to.</summary>
/// <param name="Uris">The URIs to find it under.</param>
/// <param name="Qualifiers">The qualifiers to find it by.</param>
/// <param name="Digest">The blob, or the root directory.</param>
internal sealed record AssetPush(IReadOnlyList<string> Uris, IReadOnlyList<AssetQualifier> Qualifiers, Digest Digest)
{
    /// <summary>When the pointer may be forgotten.</summary>
    public DateTimeOffset? ExpireAt { get; init; }

    /// <summary>Blobs that the asset needs, so that the server keeps or loses them together.</summary>
    public IReadOnlyList<Digest> References { get; init; } = [];
}

/// <summary>The Remote Asset API of a server: pointers from URIs to content.</summary>
/// <remarks>
/// Not every server has it, and some only fetch. The first call then fails with <see cref="ErrorId.UnsupportedByStore"/>.
/// A server may ignore the age that is asked for.
/// </remarks>
internal sealed class RemoteAssets(RemoteCalls calls)
{
    private const string Fetch = "build.bazel.remote.asset.v1.Fetch/";
    private const string Push = "build.bazel.remote.asset.v1.Push/";

    private static readonly GrpcMethod<FetchBlobRequest, FetchBlobResponse> s_fetchBlob = new(Fetch + "FetchBlob", FetchBlobResponse.Parser);
    private static readonly GrpcMethod<FetchDirectoryRequest, FetchDirectoryResponse> s_fetchDirectory = new(Fetch + "FetchDirectory", FetchDirectoryResponse.Parser);
    private static readonly GrpcMethod<PushBlobRequest, PushBlobResponse> s_pushBlob = new(Push + "PushBlob", PushBlobResponse.Parser);
    private static readonly GrpcMethod<PushDirectoryRequest, PushDirectoryResponse> s_pushDirectory = new(Push + "PushDirectory", PushDirectoryResponse.Parser);

    /// <summary>Finds the blob that a URI points to.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<RemoteAsset?> FetchBlobAsync(
        IReadOnlyList<string> uris, IReadOnlyList<AssetQualifier> qualifiers, DateTimeOffset? oldest = null, CancellationToken cancellationToken = default)
    {
        var request = new FetchBlobRequest { InstanceName = calls.Endpoint.Instance, OldestContentAccepted = oldest?.ToTimestamp() };
        request.Uris.Add(uris);
        request.Qualifiers.Add(Wire(qualifiers));
        return FetchAsync(s_fetchBlob, request,
            answer => (answer.Status, answer.BlobDigest, answer.Uri, answer.Qualifiers, answer.ExpiresAt), cancellationToken);
    }

    /// <summary>Finds the directory that a URI points to.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<RemoteAsset?> FetchDirectoryAsync(
        IReadOnlyList<string> uris, IReadOnlyList<AssetQualifier> qualifiers, DateTimeOffset? oldest = null, CancellationToken cancellationToken = default)
    {
        var request = new FetchDirectoryRequest { InstanceName = calls.Endpoint.Instance, OldestContentAccepted = oldest?.ToTimestamp() };
        request.Uris.Add(uris);
        request.Qualifiers.Add(Wire(qualifiers));
        return FetchAsync(s_fetchDirectory, request,
            answer => (answer.Status, answer.RootDirectoryDigest, answer.Uri, answer.Qualifiers, answer.ExpiresAt), cancellationToken);
    }

    /// <summary>Makes URIs point to a blob.</summary>
    public Task PushBlobAsync(AssetPush asset, CancellationToken cancellationToken = default)
    {
        var request = new PushBlobRequest
        {
            InstanceName = calls.Endpoint.Instance,
            BlobDigest = asset.Digest.ToWire(),
            ExpireAt = asset.ExpireAt?.ToTimestamp(),
        };
        request.Uris.Add(asset.Uris);
        request.Qualifiers.Add(Wire(asset.Qualifiers));
        request.ReferencesBlobs.Add(asset.References.Select(reference => reference.ToWire()));
        return calls.RunAsync(token => calls.Channel.CallAsync(s_pushBlob, request, token), cancellationToken);
    }

    /// <summary>Makes URIs point to a directory.</summary>
    public Task PushDirectoryAsync(AssetPush asset, CancellationToken cancellationToken = default)
    {
        var request = new PushDirectoryRequest
        {
            InstanceName = calls.Endpoint.Instance,
            RootDirectoryDigest = asset.Digest.ToWire(),
            ExpireAt = asset.ExpireAt?.ToTimestamp(),
        };
        request.Uris.Add(asset.Uris);
        request.Qualifiers.Add(Wire(asset.Qualifiers));
        request.ReferencesBlobs.Add(asset.References.Select(reference => reference.ToWire()));
        return calls.RunAsync(token => calls.Channel.CallAsync(s_pushDirectory, request, token), cancellationToken);
    }

    private Task<RemoteAsset?> FetchAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        Func<TResponse, (Status? Status, Content.Wire.Digest? Digest, string Uri, IEnumerable<Qualifier> Qualifiers, Timestamp? ExpiresAt)> parts,
        CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => calls.RunAsync<RemoteAsset?>(
            async token =>
            {
                // That there is no such asset is said by the call's status or by one inside the answer; they mean the same.
                try
                {
                    var answer = parts(await calls.Channel.CallAsync(method, request, token));
                    GrpcStatus status = GrpcStatus.Of(answer.Status);
                    return status.Code == GrpcStatusCode.Ok ? Read(calls.Endpoint, answer.Digest, answer.Uri, answer.Qualifiers, answer.ExpiresAt) : throw calls.Channel.Failure(status);
                }
                catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.NotFound })
                {
                    return null;
                }
            },
            cancellationToken);

    internal static RemoteAsset Read(RemoteEndpoint endpoint, Content.Wire.Digest? digest, string uri, IEnumerable<Qualifier> qualifiers, Timestamp? expiresAt)
    {
        if (digest.FromWire() is not Digest named)
        {
            throw new GrpcException(GrpcFailure.Malformed, GrpcStatusCode.Internal, $"The asset that {endpoint.Name} found has no SHA-256 digest.");
        }

        // A time outside of what a clock can show is as good as none.
        DateTimeOffset? until = expiresAt is { Seconds: > 0 and < 253_402_300_800 } ? DateTimeOffset.FromUnixTimeSeconds(expiresAt.Seconds) : null;
        return new RemoteAsset(named, uri, [.. qualifiers.Select(qualifier => new AssetQualifier(qualifier.Name, qualifier.Value))], until);
    }

    private static IEnumerable<Qualifier> Wire(IReadOnlyList<AssetQualifier> qualifiers) =>
        qualifiers.Select(qualifier => new Qualifier { Name = qualifier.Name, Value = qualifier.Value });
}
