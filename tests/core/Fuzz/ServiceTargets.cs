using System.Text;
using System.Text.Json;
using BuildCache.Stores.GitHubActions;

namespace BuildCache.Tests.Fuzz;

/// <summary>Answers of GitHub's cache service.</summary>
internal static class ServiceTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new FuzzTarget("cache service answer", ["""{"ok":true,"signed_download_url":"https://host/path?sig=1","matched_key":"key#20260102030405678-0123456789ab"}"""u8.ToArray(), """{"ok":false}"""u8.ToArray()], bytes =>
        {
            try
            {
                using JsonDocument answer = CacheServiceClient.Parse(bytes);
                if (CacheServiceClient.Found(answer, "key#") is { } found)
                {
                    ServiceKey.WrittenOf(found.Key);
                }
            }
            catch (TransientFault)
            {
                // It is asked for again.
            }
        }) { Tokens = ["\\ud800", "\"ok\":true", "null", "{", "[", "\"matched_key\":", "http://", "://"], Large = [FuzzTarget.Repeat("["), FuzzTarget.Repeat("\"a\":1,", "{", "\"ok\":true}")] },
        new FuzzTarget("cache service name", ["project=3ap/one/two#20260102030405678-0123456789ab"u8.ToArray()], bytes =>
        {
            string name = Encoding.UTF8.GetString(bytes);
            ServiceKey.IsName(name);
            ServiceKey.WrittenOf(name);
        }) { Tokens = ["#"], Large = [FuzzTarget.Repeat("#"), FuzzTarget.Repeat("a", "#")] },
    ];
}
