using System.Buffers.Binary;
using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Content;

namespace BuildCache.Benchmarks.Remote;

/// <summary>What the same protocol moves without a cache around it: nothing is looked up and nothing is verified, each a process of its own.</summary>
internal static class BareClients
{
    private const string Bucket = "bench";
    private const int InParallel = 32;

    /// <summary>A client of the SDK, with the credentials of the test server.</summary>
    public static AmazonS3Client S3(string endpoint) => new(
        new BasicAWSCredentials(TestServers.Radosgw.AccessKey, TestServers.Radosgw.SecretKey),
        new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });

    /// <summary>Downloads objects with the SDK, one after the other, to files.</summary>
    public static async Task DownloadAsync(string endpoint, string names, string directory)
    {
        using AmazonS3Client client = S3(endpoint);
        Directory.CreateDirectory(directory);
        foreach (string name in await File.ReadAllLinesAsync(names))
        {
            using GetObjectResponse found = await client.GetObjectAsync(Bucket, name);
            await found.WriteResponseStreamToFileAsync(Path.Combine(directory, Path.GetFileName(name)), append: false, CancellationToken.None);
        }

        MeasuredProcess.ReportPeak();
    }

    /// <summary>Downloads many small objects with the SDK, one request for each, many at a time.</summary>
    public static async Task DownloadManyAsync(string endpoint, string names, string directory)
    {
        using AmazonS3Client client = S3(endpoint);
        Directory.CreateDirectory(directory);
        await Parallel.ForEachAsync(await File.ReadAllLinesAsync(names), new ParallelOptions { MaxDegreeOfParallelism = InParallel }, async (name, stop) =>
        {
            using GetObjectResponse found = await client.GetObjectAsync(Bucket, name, stop);
            await found.WriteResponseStreamToFileAsync(Path.Combine(directory, Path.GetFileName(name)), append: false, stop);
        });
        MeasuredProcess.ReportPeak();
    }

    /// <summary>Reads blobs through ByteStream, one after the other, to files.</summary>
    public static async Task ReadStreamsAsync(string endpoint, string digests, string directory)
    {
        using var client = new HttpClient(new SocketsHttpHandler { InitialHttp2StreamWindowSize = 4 * 1024 * 1024 }) { BaseAddress = new Uri(endpoint) };
        Directory.CreateDirectory(directory);
        foreach (string digest in await File.ReadAllLinesAsync(digests))
        {
            await ReadStreamAsync(client, digest, Path.Combine(directory, digest.Split('/')[0]));
        }

        MeasuredProcess.ReportPeak();
    }

    private static async Task ReadStreamAsync(HttpClient client, string digest, string file)
    {
        byte[] resource = Encoding.ASCII.GetBytes($"blobs/{digest}");
        // A ReadRequest with its first field, in a gRPC frame.
        byte[] message = [0x0A, (byte)resource.Length, .. resource];
        byte[] frame = [0, 0, 0, 0, (byte)message.Length, .. message];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/google.bytestream.ByteStream/Read")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { { "Content-Type", "application/grpc" } } },
        };
        request.Headers.TE.ParseAdd("trailers");
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        await using FileStream output = new(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] buffer = new byte[4 * 1024 * 1024];
        while (await body.ReadAtLeastAsync(buffer.AsMemory(0, 5), 5, throwOnEndOfStream: false) == 5)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(1));
            await body.ReadExactlyAsync(buffer.AsMemory(0, length));
            // The tag of the field and the varint of its length.
            int start = 1;
            while (buffer[start++] >= 0x80)
            {
            }

            output.Write(buffer.AsSpan(start, length - start));
        }

        long expected = Digest.TryParse(digest, out Digest parsed) ? parsed.Size : -1;
        if (output.Length != expected)
        {
            throw new InvalidOperationException($"{digest} came with {output.Length} bytes.");
        }
    }
}
