using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace BuildCache.TestServers.GitHub;

/// <summary>The three methods of github.actions.results.api.v1.CacheService, as Twirp in JSON.</summary>
internal sealed partial class CacheMethods(EntryTable entries, BlobFolder blobs, SignedUrls urls, string token)
{
    public const string Folder = "/twirp/github.actions.results.api.v1.CacheService/";
    private const int MaxKeys = 10;
    private const int MaxKeyLength = 512;

    public async Task HandleAsync(HttpContext context)
    {
        JsonObject answer;
        try
        {
            answer = await AnswerAsync(context);
        }
        catch (TwirpException refused)
        {
            context.Response.StatusCode = refused.Status;
            answer = new JsonObject { ["code"] = refused.Code, ["msg"] = refused.Message };
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }

    private async Task<JsonObject> AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (request.Headers.Authorization != $"Bearer {token}")
        {
            throw new TwirpException(401, "unauthenticated", "the bearer token is missing or wrong");
        }

        if (!HttpMethods.IsPost(request.Method) || request.ContentType?.Split(';')[0] != "application/json")
        {
            throw new TwirpException(404, "bad_route", "only POST with application/json");
        }

        JsonObject body = await BodyAsync(context);
        string key = Key(body["key"]);
        string version = Text(body["version"]);
        if (!VersionPattern().IsMatch(version))
        {
            throw new TwirpException(400, "invalid_argument", "version is not 64 hexadecimal digits");
        }

        return request.Path.Value![Folder.Length..] switch
        {
            "CreateCacheEntry" => Create(request.Host.Value!, key, version),
            "FinalizeCacheEntryUpload" => Finalize(key, version, Size(body["size_bytes"])),
            "GetCacheEntryDownloadURL" => Find(request.Host.Value!, key, RestoreKeys(body["restore_keys"]), version),
            _ => throw new TwirpException(404, "bad_route", "no such method"),
        };
    }

    private JsonObject Create(string host, string key, string version)
    {
        GitHubCacheEntry entry = entries.Reserve(key, version)
            ?? throw new TwirpException(409, "already_exists", "cache entry with the same key and version already exists");
        return new JsonObject { ["ok"] = true, ["signed_upload_url"] = urls.Issue(host, entry.Id, write: true), ["message"] = "" };
    }

    private JsonObject Finalize(string key, string version, long size)
    {
        GitHubCacheEntry entry = entries.Find(key, version) ?? throw new TwirpException(404, "not_found", "no such upload");
        var data = new FileInfo(blobs.DataOf(entry.Id));
        if (!data.Exists || data.Length != size)
        {
            throw new TwirpException(412, "failed_precondition", "the upload is not there or has another size");
        }

        if (!entries.Finish(entry, size))
        {
            throw new TwirpException(409, "already_exists", "the upload was finished before");
        }

        // What is finished cannot be written again, even by one who still has the URL.
        urls.Withdraw((blob, write) => write && blob == entry.Id);
        return new JsonObject { ["ok"] = true, ["entry_id"] = entry.Id.ToString(CultureInfo.InvariantCulture), ["message"] = "" };
    }

    private JsonObject Find(string host, string key, IReadOnlyList<string> restoreKeys, string version)
    {
        GitHubCacheEntry? entry = entries.Match(key, restoreKeys, version);
        return new JsonObject
        {
            ["ok"] = entry is not null,
            ["signed_download_url"] = entry is null ? "" : urls.Issue(host, entry.Id, write: false),
            ["matched_key"] = entry?.Key ?? "",
        };
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        try
        {
            return await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) as JsonObject
                ?? throw new TwirpException(400, "malformed", "the body is not an object");
        }
        catch (JsonException)
        {
            throw new TwirpException(400, "malformed", "the body is not JSON");
        }
    }

    private static List<string> RestoreKeys(JsonNode? node)
    {
        List<string> keys = node is JsonArray array ? [.. array.Select(Key)] : [];
        return keys.Count < MaxKeys ? keys : throw new TwirpException(400, "invalid_argument", "more than 10 keys");
    }

    private static string Key(JsonNode? node)
    {
        string key = Text(node);
        return key.Length is > 0 and <= MaxKeyLength && !key.Contains(',', StringComparison.Ordinal)
            ? key
            : throw new TwirpException(400, "invalid_argument", "a key is empty, longer than 512 characters or has a comma");
    }

    private static string Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? text : throw new TwirpException(400, "invalid_argument", "a field is missing or is not text");

    /// <summary>JSON of protobuf writes 64-bit numbers as text and reads both.</summary>
    private static long Size(JsonNode? node)
    {
        if (node is JsonValue value && (value.TryGetValue(out long size) || (value.TryGetValue(out string? text) && long.TryParse(text, CultureInfo.InvariantCulture, out size))))
        {
            return size;
        }

        throw new TwirpException(400, "invalid_argument", "size_bytes is missing or is no number");
    }

    [GeneratedRegex(@"^[0-9a-fA-F]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    private sealed class TwirpException(int status, string code, string message) : Exception(message)
    {
        public int Status { get; } = status;

        public string Code { get; } = code;
    }
}
