using System.Globalization;
using System.Net.Http.Headers;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace BuildCache.TestServers.GitHub;

/// <summary>Answers the signed URLs as Azure's block blobs do.</summary>
internal sealed class BlobRequests(BlobFolder blobs, SignedUrls urls)
{
    private const int MaxBlocks = 50_000;
    private const int MaxBlockIdBytes = 64;

    public async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool write = HttpMethods.IsPut(request.Method);
        if (!long.TryParse(request.Path.Value![SignedUrls.Folder.Length..], CultureInfo.InvariantCulture, out long blob)
            || !urls.Allows(request.Query["sig"], blob, write))
        {
            await RefuseAsync(context, 403, "AuthenticationFailed");
            return;
        }

        if (!write)
        {
            await ReadAsync(context, blob);
        }
        else if (request.Query["comp"] == "blocklist")
        {
            await CommitAsync(context, blob);
        }
        else if (request.ContentLength is null)
        {
            await RefuseAsync(context, 411, "MissingContentLengthHeader");
        }
        else if (request.Query["comp"] == "block")
        {
            await WriteBlockAsync(context, blob);
        }
        else if (request.Headers["x-ms-blob-type"] != "BlockBlob")
        {
            await RefuseAsync(context, 400, "MissingRequiredHeader");
        }
        else
        {
            await blobs.WriteWholeAsync(blob, request.Body, context.RequestAborted);
            context.Response.StatusCode = 201;
        }
    }

    private async Task WriteBlockAsync(HttpContext context, long blob)
    {
        byte[]? blockId = BlockId(context.Request.Query["blockid"]);
        if (blockId is null || !blobs.Fits(blob, blockId))
        {
            await RefuseAsync(context, 400, blockId is null ? "InvalidQueryParameterValue" : "InvalidBlobOrBlock");
            return;
        }

        await blobs.WriteBlockAsync(blob, blockId, context.Request.Body, context.RequestAborted);
        context.Response.StatusCode = 201;
    }

    private async Task CommitAsync(HttpContext context, long blob)
    {
        XDocument list;
        try
        {
            list = await XDocument.LoadAsync(context.Request.Body, LoadOptions.None, context.RequestAborted);
        }
        catch (XmlException)
        {
            await RefuseAsync(context, 400, "InvalidXmlDocument");
            return;
        }

        List<byte[]?> blockIds = [.. list.Root!.Elements().Where(element => element.Name.LocalName is "Latest" or "Uncommitted").Select(element => BlockId(element.Value))];
        if (list.Root.Name != "BlockList"
            || blockIds.Count > MaxBlocks
            || blockIds.Count != list.Root.Elements().Count()
            || !blockIds.TrueForAll(blockId => blockId is not null && blobs.HasBlock(blob, blockId)))
        {
            await RefuseAsync(context, 400, "InvalidBlockList");
            return;
        }

        await blobs.CommitAsync(blob, [.. blockIds.OfType<byte[]>()], context.RequestAborted);
        context.Response.StatusCode = 201;
    }

    private async Task ReadAsync(HttpContext context, long blob)
    {
        var file = new FileInfo(blobs.DataOf(blob));
        if (!file.Exists)
        {
            await RefuseAsync(context, 404, "BlobNotFound");
            return;
        }

        HttpResponse response = context.Response;
        (long start, long count) = (0, file.Length);
        string? range = context.Request.Headers["x-ms-range"].FirstOrDefault() ?? context.Request.Headers.Range.FirstOrDefault();
        if (RangeHeaderValue.TryParse(range, out RangeHeaderValue? asked) && asked.Ranges.First() is { From: long from } part)
        {
            if (from >= file.Length)
            {
                await RefuseAsync(context, 416, "InvalidRange");
                return;
            }

            (start, count) = (from, Math.Min(part.To ?? long.MaxValue, file.Length - 1) - from + 1);
            response.StatusCode = 206;
            response.Headers.ContentRange = $"bytes {start}-{start + count - 1}/{file.Length}";
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = count;
        response.Headers.AcceptRanges = "bytes";
        response.Headers["x-ms-blob-type"] = "BlockBlob";
        if (HttpMethods.IsGet(context.Request.Method) && count > 0)
        {
            await response.SendFileAsync(file.FullName, start, count, context.RequestAborted);
        }
    }

    private static byte[]? BlockId(string? text)
    {
        byte[] bytes = new byte[MaxBlockIdBytes];
        return !string.IsNullOrEmpty(text) && Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : null;
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code)
    {
        // Azure reads what is still to come; a client would see a closed connection instead of the answer.
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        context.Response.StatusCode = status;
        context.Response.Headers["x-ms-error-code"] = code;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = "application/xml";
            await context.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>", context.RequestAborted);
        }
    }
}
