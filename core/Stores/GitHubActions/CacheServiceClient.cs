using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BuildCache.Content;

namespace BuildCache.Stores.GitHubActions;

/// <summary>The three calls of GitHub's cache service v2.</summary>
internal sealed class CacheServiceClient(Func<JobVariables> job, ServiceHttp http, Attempts attempts)
{
    private const string Path = "/twirp/github.actions.results.api.v1.CacheService/";

    // Archives of other formats, other programs and other actions have other versions, and are never seen.
    private static readonly string s_version = Convert.ToHexStringLower(SHA256.HashData("buildcache 1"u8));

    /// <summary>Reserves a key.</summary>
    /// <returns>Where to put the content; <see langword="null"/> when the key is taken, which says nothing of whether its content ever came.</returns>
    public async ValueTask<Uri?> CreateAsync(string key, CancellationToken cancellationToken)
    {
        using JsonDocument? answer = await CallAsync(
            "CreateCacheEntry", "take a new archive", json => json.WriteString("key"u8, key), ["already_exists"], cancellationToken);
        return answer is not null && IsOk(answer) ? UrlIn(answer, "signed_upload_url") : null;
    }

    /// <summary>Makes what was uploaded visible.</summary>
    /// <returns>Whether the service says so. An answer that was lost makes it deny what it did.</returns>
    public async ValueTask<bool> FinalizeAsync(string key, long size, CancellationToken cancellationToken)
    {
        using JsonDocument? answer = await CallAsync("FinalizeCacheEntryUpload", "finish an upload", json =>
        {
            json.WriteString("key"u8, key);
            // A number of 64 bits is text in the JSON of protocol buffers.
            json.WriteString("size_bytes"u8, size.ToString(CultureInfo.InvariantCulture));
        }, ["already_exists", "not_found", "failed_precondition"], cancellationToken);
        return answer is not null && IsOk(answer);
    }

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Finds the newest archive whose key starts with a text.</summary>
    /// <returns><see langword="null"/> when there is definitely none.</returns>
    public async ValueTask<FoundArchive?> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        using JsonDocument? answer = await CallAsync("GetCacheEntryDownloadURL", "look for an archive", json =>
        {
            json.WriteString("key"u8, prefix);
            // The key itself may be a prefix too, by the service's words; a restore key is one beyond doubt.
            json.WriteStartArray("restore_keys"u8);
            json.WriteStringValue(prefix);
            json.WriteEndArray();
        }, [], cancellationToken);
        return answer is null ? null : Found(answer, prefix);
    }

    /// <summary>Reads what was found.</summary>
    /// <param name="answer">The answer, which may be anything.</param>
    /// <param name="prefix">What was asked for.</param>
    internal static FoundArchive? Found(JsonDocument answer, string prefix)
    {
        if (!IsOk(answer))
        {
            return null;
        }

        string matched = TextIn(answer, "matched_key");
        return matched.StartsWith(prefix, StringComparison.Ordinal)
            ? new FoundArchive(matched, UrlIn(answer, "signed_download_url"))
            : throw Unsuitable("it found what was not asked for");
    }

    /// <summary>How far the service's clock is ahead, by the date of its answer; <see langword="null"/> when it has none.</summary>
    public async ValueTask<TimeSpan?> MeasureClockSkewAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        TimeSpan? skew = null;
        using JsonDocument? answer = await CallAsync("GetCacheEntryDownloadURL", "tell its time", json => json.WriteString("key"u8, "buildcache-clock"), [],
            cancellationToken, response => skew = ServerClock.SkewOf(response.Headers.Date, clock.GetUtcNow()));
        return skew;
    }

    /// <param name="method">Which call.</param>
    /// <param name="doing">What it does, for messages.</param>
    /// <param name="write">Writes what it says.</param>
    /// <param name="denials">The Twirp codes that are answers to it; all others are errors.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="look">Looks at the head of the answer.</param>
    /// <returns><see langword="null"/> for a denial.</returns>
    private ValueTask<JsonDocument?> CallAsync(
        string method, string doing, Action<Utf8JsonWriter> write, string[] denials, CancellationToken cancellationToken, Action<HttpResponseMessage>? look = null)
    {
        (Uri service, string token) = job();
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteString("version"u8, s_version);
            json.WriteEndObject();
        }

        return attempts.RunAsync(doing, async cancellationToken =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service, Path + method))
            {
                Content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Accept.ParseAdd("application/json");
            return await http.SendAsync(request, (response, patience) =>
            {
                look?.Invoke(response);
                return ReadAsync(response, denials, patience);
            }, cancellationToken);
        }, cancellationToken);
    }

    private static async ValueTask<JsonDocument?> ReadAsync(HttpResponseMessage response, string[] denials, Patience patience)
    {
        ServiceHttp.ThrowIfInTrouble(response);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                break;
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw new BuildCacheException(ErrorId.StoreAccessDenied,
                    $"GitHub's cache service refused the job's token ({(int)response.StatusCode}): it has expired, or may not write. "
                    + "It is good while its job runs, and in pull requests from forks it only reads. Make the store read-only there (mode ReadOnly).");
            default:
                using (JsonDocument? error = IsJson(response) ? await ParseAsync(response, patience) : null)
                {
                    return error is not null && Member(error, "code") is { } code && denials.Contains(TextOf(code))
                        ? null
                        : throw Unsuitable($"it answered {(int)response.StatusCode}");
                }
        }

        return IsJson(response) ? await ParseAsync(response, patience) : throw Unsuitable("its answer is no JSON");
    }

    private static bool IsJson(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType is "application/json";

    private static async ValueTask<JsonDocument> ParseAsync(HttpResponseMessage response, Patience patience)
    {
        return Parse(await BoundedBody.ReadAsync(response, Ceilings.ServiceAnswer, patience) ?? throw Unsuitable("its answer is far too long"));
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="TransientFault">It is not whole.</exception>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnsuitable"/>: it is none.</exception>
    internal static JsonDocument Parse(byte[] bytes)
    {
        try
        {
            // Bytes that are no UTF-8 would otherwise be found only where they are read.
            var answer = JsonDocument.Parse(s_strictUtf8.GetString(bytes));
            return answer.RootElement.ValueKind == JsonValueKind.Object ? answer : throw Unsuitable("its answer is no object");
        }
        catch (Exception error) when (error is JsonException or DecoderFallbackException)
        {
            // Cut on the way by somebody who also changed the length.
            throw new TransientFault("its answer was no whole JSON");
        }
    }

    // Fields with the value that is the default are left out.
    private static bool IsOk(JsonDocument answer) => Member(answer, "ok")?.ValueKind == JsonValueKind.True;

    private static string TextIn(JsonDocument answer, string name) =>
        Member(answer, name) is { } text && TextOf(text) is { } value ? value : throw Unsuitable($"its answer has no '{name}'");

    private static JsonElement? Member(JsonDocument answer, string name)
    {
        try
        {
            return answer.RootElement.TryGetProperty(name, out JsonElement value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in another name, as an escape.
            return null;
        }
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, as an escape.
            return null;
        }
    }

    private static Uri UrlIn(JsonDocument answer, string name) =>
        Uri.TryCreate(TextIn(answer, name), UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
            ? url
            : throw Unsuitable($"the '{name}' of its answer is no URL");

    private static BuildCacheException Unsuitable(string why) => new(ErrorId.StoreUnsuitable,
        $"What ACTIONS_RESULTS_URL names is not GitHub's cache service v2: {why}. Hand on the value that GitHub sets for the actions of a job; older GitHub Enterprise servers do not have this service.");
}

/// <summary>An archive that the service found.</summary>
/// <param name="Key">Its key, all of it.</param>
/// <param name="Url">Where it is for a while. Secret.</param>
internal sealed record FoundArchive(string Key, Uri Url)
{
    /// <summary>Nothing of the URL is for people to read.</summary>
    public override string ToString() => Key;
}
