using Amazon.S3;
using Amazon.S3.Model;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Benchmarks.Trees;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.TestServers;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Remote;

/// <summary>Restoring from servers on this machine, against a bare client of the same protocol and against the folder.</summary>
internal static class RemoteBenchmark
{
    private const string Bucket = "bench";
    private const double LeastOfBare = 0.8;
    private const double MostOfFolder = 2;
    private const double LeastOfOneEach = 5;
    private const double MostMebibytes = 250;
    private const double Mebibyte = 1024 * 1024;

    /// <summary>Measures and prints tables.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        await WithServersAsync(servers => MeasureLargeAsync(servers, runs, scratchParent));
        await WithServersAsync(servers => MeasureSmallAsync(servers, runs, scratchParent));
        await WithServersAsync(servers => LookupTrips.MeasureAsync(servers, scratchParent));
    }

    /// <summary>Starts the servers, measures, and ends them.</summary>
    internal static async Task WithServersAsync(Func<Servers, Task> measure)
    {
        await using Radosgw s3 = await Radosgw.StartAsync();
        using (AmazonS3Client client = BareClients.S3(s3.Address.AbsoluteUri))
        {
            await client.PutBucketAsync(Bucket);
        }

        // For the processes that are started: those of this program, and builds.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Radosgw.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Radosgw.SecretKey);
        await using BuildboxCasd reapi = await BuildboxCasd.StartAsync();
        await measure(new Servers(s3.Address, reapi.Address));
    }

    private static Task MeasureLargeAsync(Servers servers, int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        TreeContent.WriteFiles(scratch["source"], files: 4, mebibytesEach: 256);
        Digest[] digests = [.. Directory.EnumerateFiles(scratch["source"]).Select(file => new FileHasher().Hash(file).Digest)];
        File.WriteAllLines(scratch["names"], digests.Select(digest => $"large/blobs/{digest.Hash[..2]}/{digest.Hash}"));
        File.WriteAllLines(scratch["digests"], digests.Select(digest => digest.ToString()));
        MeasuredProcess.RunSelf("tree-save", scratch["source"], servers.S3Uri("large"));
        MeasuredProcess.RunSelf("tree-save", scratch["source"], servers.ReapiUri);
        const string sdk = "S3: download by the SDK", fromS3 = "S3: restore", bare = "REAPI: bare ByteStream read", fromReapi = "REAPI: restore";
        void Settle() => scratch.Discard("out");
        Scenario[] scenarios =
        [
            new(sdk, Settle, () => MeasuredProcess.RunSelf("s3-get", servers.S3.AbsoluteUri, scratch["names"], scratch["out"])),
            new(fromS3, Settle, () => MeasuredProcess.RunSelf("tree-restore", servers.S3Uri("large"), scratch["out"])),
            new(bare, Settle, () => MeasuredProcess.RunSelf("bytestream-read", servers.Reapi.AbsoluteUri, scratch["digests"], scratch["out"])),
            new(fromReapi, Settle, () => MeasuredProcess.RunSelf("tree-restore", servers.ReapiUri, scratch["out"])),
        ];
        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(scenarios, runs, warmUps: 1);
        var table = new MarkdownTable("what", "wall s", "client CPU s", "bytes moved, of the bare client", "peak MiB");
        foreach ((string name, string? reference) in ((string, string?)[])[(sdk, null), (fromS3, sdk), (bare, null), (fromReapi, bare)])
        {
            IReadOnlyList<Cost> of = costs[name];
            double peak = Median.Of(of.Select(cost => cost.PeakBytes / Mebibyte));
            table.Add(name, Number(Median.Of(of.Select(cost => cost.WallSeconds))), Number(Median.Of(of.Select(cost => cost.CpuSeconds))),
                reference is null ? "1" : AtLeast(1 / Scenario.Ratio(of, costs[reference], cost => cost.WallSeconds), LeastOfBare),
                reference is null ? Number(peak, "0") : $"{Number(peak, "0")} ({(peak <= MostMebibytes ? "met" : "**missed**")})");
        }

        Console.WriteLine($"### 1 GiB in four files ({runs} rounds)\n\n{table}\n");
        return Task.CompletedTask;
    }

    private static async Task MeasureSmallAsync(Servers servers, int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        TreeContent.WriteSmallFiles(scratch["source"]);
        await UploadOneByOneAsync(servers.S3, scratch["source"], scratch["names"]);
        foreach (string store in new[] { scratch["store"], servers.S3Uri("small"), servers.ReapiUri })
        {
            MeasuredProcess.RunSelf("tree-save", scratch["source"], store);
        }

        const string folder = "folder: restore", fromS3 = "S3: restore", fromReapi = "REAPI: restore", oneEach = "S3: the SDK, one request a file, 32 at a time";
        void Settle() => scratch.Discard("out");
        Scenario[] scenarios =
        [
            new(folder, Settle, () => MeasuredProcess.RunSelf("tree-restore", scratch["store"], scratch["out"])),
            new(fromS3, Settle, () => MeasuredProcess.RunSelf("tree-restore", servers.S3Uri("small"), scratch["out"])),
            new(fromReapi, Settle, () => MeasuredProcess.RunSelf("tree-restore", servers.ReapiUri, scratch["out"])),
            new(oneEach, Settle, () => MeasuredProcess.RunSelf("s3-get-many", servers.S3.AbsoluteUri, scratch["names"], scratch["out"])),
        ];
        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(scenarios, runs, warmUps: 1);
        var table = new MarkdownTable("what", "wall s", "client CPU s", "of the folder", "quicker than one request a file", "peak MiB");
        foreach ((string name, IReadOnlyList<Cost> of) in costs)
        {
            double ofFolder = Scenario.Ratio(of, costs[folder], cost => cost.WallSeconds);
            double quicker = Scenario.Ratio(costs[oneEach], of, cost => cost.WallSeconds);
            table.Add(name, Number(Median.Of(of.Select(cost => cost.WallSeconds))), Number(Median.Of(of.Select(cost => cost.CpuSeconds))),
                name == fromS3 ? Ratio(ofFolder, MostOfFolder) : Number(ofFolder),
                name == fromS3 ? AtLeast(quicker, LeastOfOneEach) : Number(quicker),
                Number(Median.Of(of.Select(cost => cost.PeakBytes / Mebibyte)), "0"));
        }

        Console.WriteLine($"### 20,000 files of 1 to 8 KiB ({runs} rounds)\n\n{table}\n");
    }

    private static async Task UploadOneByOneAsync(Uri s3, string directory, string names)
    {
        using AmazonS3Client client = BareClients.S3(s3.AbsoluteUri);
        string[] files = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        await Parallel.ForEachAsync(files.Index(), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (file, stop) =>
            await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = $"each/{file.Index}", FilePath = file.Item }, stop));
        await File.WriteAllLinesAsync(names, files.Index().Select(file => $"each/{file.Index}"));
    }

    private static string AtLeast(double ratio, double limit) => $"{Number(ratio)} (at least {Number(limit)}: {(ratio >= limit ? "met" : "**missed**")})";

    /// <summary>Where the servers are.</summary>
    /// <param name="S3">The S3 service.</param>
    /// <param name="Reapi">The REAPI server.</param>
    internal sealed record Servers(Uri S3, Uri Reapi)
    {
        /// <summary>The store of the REAPI server.</summary>
        public string ReapiUri => ReapiUriAt(Reapi);

        /// <summary>A store in the bucket.</summary>
        public string S3Uri(string prefix) => S3UriAt(S3, prefix);

        /// <summary>The same store, somewhere else: behind a proxy that counts.</summary>
        public static string S3UriAt(Uri address, string prefix) => $"s3://{Bucket}/{prefix}?endpoint={address}&region=us-east-1&pathStyle=true";

        /// <inheritdoc cref="S3UriAt"/>
        public static string ReapiUriAt(Uri address) => $"grpc://{address.Host}:{address.Port}";
    }
}
