using System.Globalization;
using System.Net;
using System.Text;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Puts content where a signed URL says, as a block blob of Azure's.</summary>
internal sealed class ArchiveWriter(ServiceHttp http, Attempts attempts, SemaphoreSlim transfers)
{
    /// <summary>Uploads content: at once when it is one block, else block by block and then the list of them.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputChanged"/>, or the storage refused or was away.</exception>
    public async ValueTask WriteAsync(Uri url, ArchiveContent content, CancellationToken cancellationToken)
    {
        if (content.Blocks == 1)
        {
            await PutAsync(url.AbsoluteUri, () => content.Block(0), cancellationToken);
            return;
        }

        string separator = url.Query.Length > 1 ? "&" : "?";
        string[] ids = [.. Enumerable.Range(0, content.Blocks).Select(IdOf)];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, content.Blocks),
            new ParallelOptions { MaxDegreeOfParallelism = Bounds.Transfers, CancellationToken = cancellationToken },
            async (block, cancellationToken) => await PutAsync(
                $"{url.AbsoluteUri}{separator}comp=block&blockid={Uri.EscapeDataString(ids[block])}", () => content.Block(block), cancellationToken));
        string list = $"<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{string.Concat(ids.Select(id => $"<Latest>{id}</Latest>"))}</BlockList>";
        await PutAsync($"{url.AbsoluteUri}{separator}comp=blocklist", () => new StringContent(list, Encoding.UTF8, "application/xml"), cancellationToken);
    }

    // All ids of a blob have to be of one length.
    private static string IdOf(int block) => Convert.ToBase64String(Encoding.ASCII.GetBytes(block.ToString("D6", CultureInfo.InvariantCulture)));

    private async ValueTask PutAsync(string url, Func<HttpContent> content, CancellationToken cancellationToken)
    {
        await transfers.WaitAsync(cancellationToken);
        try
        {
            await attempts.RunAsync("take an upload", async cancellationToken =>
            {
                using HttpContent body = content();
                using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = body };
                request.Headers.Add("x-ms-blob-type", "BlockBlob");
                return await http.SendAsync(request, (response, _) =>
                {
                    Check(response);
                    return new ValueTask<bool>(true);
                }, cancellationToken);
            }, cancellationToken);
        }
        finally
        {
            transfers.Release();
        }
    }

    private static void Check(HttpResponseMessage response)
    {
        ServiceHttp.ThrowIfInTrouble(response);
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        throw response.StatusCode switch
        {
            // What arrived does not have its checksum; what was sent had.
            HttpStatusCode.BadRequest => new TransientFault("it answered 400, as it does to what was damaged on the way"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new BuildCacheException(ErrorId.StoreAccessDenied,
                $"The storage behind GitHub's cache service refused an upload ({(int)response.StatusCode}): its signed URL has expired, or this machine's clock is wrong. Nothing of it is visible; save again."),
            HttpStatusCode status => new BuildCacheException(ErrorId.StoreUnavailable,
                $"The storage behind GitHub's cache service refused an upload with the status {(int)status}. Nothing of it is visible; save again later."),
        };
    }
}
