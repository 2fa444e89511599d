using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuildCache.TestServers;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.Tests.Servers;

public sealed class FaultProxyTests
{
    private static readonly byte[] s_body = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_fault_nothing_changes_on_the_way(bool grpc)
    {
        await using Setup setup = await Setup.StartAsync(grpc);
        using HttpRequestMessage request = setup.Request("/a%2Fb%20c/%C3%A9/../x?q=%2B+&z");
        request.Headers.Host = "bucket.example.com:99";

        using HttpResponseMessage response = await setup.Client.SendAsync(request);

        Assert.Equal(s_body, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("bucket.example.com:99", response.Headers.GetValues("x-host").Single());
        Assert.Equal("/a%2Fb%20c/%C3%A9/../x?q=%2B+&z", response.Headers.GetValues("x-target").Single());
        Assert.Equal(s_body.Length, response.Content.Headers.ContentLength);
        Assert.Equal(grpc ? ["0"] : [], response.TrailingHeaders.SelectMany(header => header.Value));
        SeenRequest seen = Assert.Single(setup.Proxy.Requests.ToList());
        Assert.Equal(new SeenRequest("POST", "/a%2Fb%20c/%C3%A9/../x", "?q=%2B+&z"), seen);
        Assert.Equal(0, setup.Proxy.FaultsApplied);
    }

    [Fact]
    public async Task A_status_alone_stays_among_the_headers()
    {
        await using Setup setup = await Setup.StartAsync(grpc: true);
        using HttpResponseMessage response = await setup.SendAsync("/refuse");
        Assert.Equal("5", response.Headers.GetValues("grpc-status").Single());
        Assert.Empty(response.TrailingHeaders);
    }

    [Fact]
    public async Task A_stream_is_answered_while_it_is_sent()
    {
        await using Setup setup = await Setup.StartAsync(grpc: true);
        var sent = new System.IO.Pipelines.Pipe();
        using HttpRequestMessage request = setup.Request("/stream");
        request.Content = new FlushedContent(sent.Reader.AsStream());
        await sent.Writer.WriteAsync(new byte[] { 1 });
        using HttpResponseMessage response = await setup.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(10));
        Stream received = await response.Content.ReadAsStreamAsync();
        Assert.Equal(1, received.ReadByte());

        await sent.Writer.WriteAsync(new byte[] { 2 });
        Assert.Equal(2, received.ReadByte());

        await sent.Writer.CompleteAsync();
        Assert.Equal(-1, received.ReadByte());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_cut_before_or_in_the_midst_of_its_answer(bool grpc)
    {
        await using Setup setup = await Setup.StartAsync(grpc);
        foreach (Fault fault in new[] { Fault.Cut, Fault.LoseAnswer, Fault.CutMiddle(0), Fault.CutMiddle(100_000), Fault.CutMiddle(s_body.Length), Fault.CutMiddle(long.MaxValue) })
        {
            setup.Proxy.Fault = fault;
            await Assert.ThrowsAsync<HttpRequestException>(() => setup.SendAsync("/x"));
        }

        Assert.Equal(6, setup.Proxy.FaultsApplied);
        setup.Proxy.Fault = null;
        Assert.Equal(s_body, await setup.ReadAsync("/x"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_loses_its_end_and_looks_whole(bool grpc)
    {
        await using Setup setup = await Setup.StartAsync(grpc);
        foreach (int missing in new[] { 1, 100_000, 1_000_000 })
        {
            setup.Proxy.Fault = Fault.Truncate(missing);
            Assert.Equal(s_body[..Math.Max(0, s_body.Length - missing)], await setup.ReadAsync("/x"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_byte_of_a_body_is_turned_over(bool grpc)
    {
        await using Setup setup = await Setup.StartAsync(grpc);
        foreach ((Fault fault, int at) in new[] { (Fault.Corrupt(), s_body.Length - 1), (Fault.Corrupt(70_000), 70_000), (Fault.CorruptRequest(), s_body.Length - 1), (Fault.CorruptRequest(0), 0) })
        {
            setup.Proxy.Fault = fault;
            byte[] expected = [.. s_body];
            expected[at] ^= 0xFF;
            Assert.Equal(expected, await setup.ReadAsync("/x"));
        }
    }

    [Fact]
    public async Task A_status_of_http_comes_with_the_wait_it_asks_for()
    {
        await using Setup setup = await Setup.StartAsync(grpc: false);
        setup.Proxy.Fault = Fault.Status(503, TimeSpan.FromSeconds(1.5));
        using HttpResponseMessage response = await setup.SendAsync("/x");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData(403, "7")]
    [InlineData(429, "8")]
    [InlineData(500, "13")]
    [InlineData(503, "14")]
    public async Task A_status_of_grpc_comes_without_a_message_before_it(int code, string expected)
    {
        await using Setup setup = await Setup.StartAsync(grpc: true);
        setup.Proxy.Fault = Fault.Status(code, TimeSpan.FromMilliseconds(1500));
        using HttpResponseMessage response = await setup.SendAsync("/x");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, response.Headers.GetValues("grpc-status").Single());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        string details = response.Headers.GetValues("grpc-status-details-bin").Single();
        byte[] status = Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '='));
        // RetryInfo { retry_delay { seconds: 1 nanos: 500000000 } }
        Assert.Equal(Convert.FromHexString("120A0A0808011080CAB5EE01"), status[^12..]);
    }

    [Fact]
    public async Task Faults_meet_the_calls_they_are_meant_for()
    {
        await using Setup setup = await Setup.StartAsync(grpc: false);
        setup.Proxy.Fault = Fault.Status(500).For(request => request.Path == "/bad").First(2);
        Assert.Equal("200 500 500 200", await setup.StatusesAsync("/good", "/bad", "/bad", "/bad"));

        setup.Proxy.Fault = Fault.Status(500).OneIn(3);
        Assert.Equal("200 200 500 200 200 500", await setup.StatusesAsync("/a", "/a", "/a", "/a", "/a", "/a"));
        Assert.Equal(10, setup.Proxy.Requests.Count);
        Assert.Equal(4, setup.Proxy.FaultsApplied);
    }

    [Fact]
    public async Task A_call_waits()
    {
        await using Setup setup = await Setup.StartAsync(grpc: true);
        setup.Proxy.Fault = Fault.Delay(TimeSpan.FromMilliseconds(300));
        var clock = Stopwatch.StartNew();
        Assert.Equal(s_body, await setup.ReadAsync("/x"));
        Assert.True(clock.ElapsedMilliseconds >= 300);
    }

    [Fact]
    public async Task With_a_certificate_the_proxy_speaks_tls()
    {
        using var key = RSA.Create(2048);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var wanted = new CertificateRequest("CN=proxy", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) { CertificateExtensions = { names.Build() } };
        using X509Certificate2 certificate = wanted.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using EchoPeer peer = await EchoPeer.StartAsync(HttpProtocols.Http2);
        await using FaultProxy proxy = await FaultProxy.StartForGrpcAsync(peer.Address, tls => tls.ServerCertificate = certificate);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { certificate }, RevocationMode = X509RevocationMode.NoCheck };
        using var trusting = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };
        using HttpResponseMessage response = await trusting.PostAsync(proxy.Address, new ByteArrayContent(s_body));
        Assert.Equal(s_body, await response.Content.ReadAsByteArrayAsync());

        using var careful = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => careful.GetAsync(proxy.Address));
    }

    /// <summary>Each piece is sent at once, as a gRPC client sends its messages.</summary>
    private sealed class FlushedContent(Stream source) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] buffer = new byte[100];
            int read;
            while ((read = await source.ReadAsync(buffer)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed record Setup(EchoPeer Peer, FaultProxy Proxy, HttpClient Client, bool Grpc) : IAsyncDisposable
    {
        public static async Task<Setup> StartAsync(bool grpc)
        {
            EchoPeer peer = await EchoPeer.StartAsync(grpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
            FaultProxy proxy = grpc ? await FaultProxy.StartForGrpcAsync(peer.Address) : await FaultProxy.StartAsync(peer.Address);
            return new Setup(peer, proxy, new HttpClient { Timeout = TimeSpan.FromSeconds(30) }, grpc);
        }

        public HttpRequestMessage Request(string target) =>
            new(HttpMethod.Post, new Uri(Proxy.Address.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
            {
                Version = Grpc ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(s_body) { Headers = { { "Content-Type", Grpc ? "application/grpc" : "application/octet-stream" } } },
            };

        public async Task<HttpResponseMessage> SendAsync(string target)
        {
            using HttpRequestMessage request = Request(target);
            return await Client.SendAsync(request);
        }

        public async Task<byte[]> ReadAsync(string target)
        {
            using HttpResponseMessage response = await SendAsync(target);
            return await response.Content.ReadAsByteArrayAsync();
        }

        public async Task<string> StatusesAsync(params string[] targets)
        {
            List<int> statuses = [];
            foreach (string target in targets)
            {
                using HttpResponseMessage response = await SendAsync(target);
                statuses.Add((int)response.StatusCode);
            }

            return string.Join(' ', statuses);
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Proxy.DisposeAsync();
            await Peer.DisposeAsync();
        }
    }
}
