using System.Net;
using BuildCache.TestServers;

namespace BuildCache.Tests.Servers;

public sealed class RealServerTests
{
    [Fact]
    public async Task Casd_stops_and_comes_back_at_its_address_with_its_data()
    {
        Assert.SkipUnless(BuildboxCasd.Unavailable is null, BuildboxCasd.Unavailable ?? "");
        string folder;
        await using (BuildboxCasd server = await BuildboxCasd.StartAsync())
        {
            Uri address = server.Address;
            folder = server.DataFolder;
            Assert.True(Directory.Exists(Path.Combine(folder, "cas")));

            await server.StopAsync();
            using var client = new HttpClient();
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address));

            await server.RestartAsync();
            Assert.Equal(address, server.Address);
        }

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Moto_keeps_objects_and_refuses_to_overwrite_when_asked()
    {
        Assert.SkipUnless(Moto.Unavailable is null, Moto.Unavailable ?? "");
        await using Moto server = await Moto.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        // It looks at no signature, but an object is private to one who has none.
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        using HttpResponseMessage bucket = await client.PutAsync("/bucket", null);
        Assert.Equal(HttpStatusCode.OK, bucket.StatusCode);

        using HttpResponseMessage first = await PutOnceAsync(client, "/bucket/key", "first");
        using HttpResponseMessage second = await PutOnceAsync(client, "/bucket/key", "second");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, second.StatusCode);
        Assert.Equal("first", await client.GetStringAsync("/bucket/key"));
    }

    [Fact]
    public async Task Radosgw_answers_and_knows_who_asks()
    {
        Assert.SkipUnless(Radosgw.Unavailable is null, Radosgw.Unavailable ?? "");
        await using Radosgw server = await Radosgw.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        using HttpResponseMessage response = await client.PutAsync("/bucket", null);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);

        await server.RestartAsync();
        using HttpResponseMessage again = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    private static async Task<HttpResponseMessage> PutOnceAsync(HttpClient client, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent(body) };
        request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        return await client.SendAsync(request);
    }
}
