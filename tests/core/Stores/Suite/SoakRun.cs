using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>Processes that save and restore the same and different keys at once, and look at every byte and for every entry of their own.</summary>
public static class SoakRun
{
    private const int SharedKeys = 5;
    private static readonly CacheScope s_scope = CacheScope.Create([(ScopeKind.Project, "soak")]);

    /// <summary>Starts the processes and adds up what they say.</summary>
    /// <param name="backend">The name of the kind, as <see cref="Backends"/> knows it.</param>
    /// <param name="address">What the processes are told of the server.</param>
    /// <param name="processes">How many.</param>
    /// <param name="duration">How long each works.</param>
    public static async Task<SoakOutcome> RunAsync(string backend, string address, int processes, TimeSpan duration)
    {
        using var folder = new TempFolder();
        string round = Guid.NewGuid().ToString("n");
        Process[] workers = [.. Enumerable.Range(0, processes).Select(i => Start(
            ["soak-worker", backend, address, folder.Folder($"{i}"), round, $"{i}", duration.TotalSeconds.ToString(CultureInfo.InvariantCulture)]))];
        var total = new SoakOutcome(0, 0, 0, 0, []);
        foreach (Process worker in workers)
        {
            Task<string> errors = worker.StandardError.ReadToEndAsync();
            string output = await worker.StandardOutput.ReadToEndAsync();
            await worker.WaitForExitAsync();
            total = output.Split('\n')[0].Split(' ') is [var hits, var saves, var wrong, var lost]
                ? new SoakOutcome(total.Hits + Number(hits), total.Saves + Number(saves), total.Wrong + Number(wrong), total.Lost + Number(lost),
                    [.. total.Errors, .. output.Split('\n')[1..].Where(line => line.Length > 0)])
                : total with { Errors = [.. total.Errors, output + await errors] };
            worker.Dispose();
        }

        return total;
    }

    /// <summary>Works as one of the processes: prints a line of numbers, then errors.</summary>
    public static async Task<int> WorkAsync(string[] arguments)
    {
        (string backend, string address, string scratch, string round, int number, double seconds) =
            (arguments[0], arguments[1], arguments[2], arguments[3], Number(arguments[4]), double.Parse(arguments[5], CultureInfo.InvariantCulture));
        var random = new Random(number);
        Dictionary<CacheKey, Digest> own = [];
        (int hits, int saves, int wrong, int lost) = (0, 0, 0, 0);
        List<string> errors = [];
        CacheStore store = Backends.OpenAt(backend, address);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < seconds;)
        {
            try
            {
                if (random.Next(20) == 0)
                {
                    await store.DisposeAsync();
                    store = Backends.OpenAt(backend, address);
                }

                var catalog = new EntryCatalog(store);
                switch (random.Next(4))
                {
                    case 0:
                        int shared = random.Next(SharedKeys);
                        await SaveAsync(catalog, CacheKey.Create(s_scope, [round, "shared", $"{shared}"]), Content(shared, number, random), scratch, replace: random.Next(3) == 0);
                        saves++;
                        break;
                    case 1:
                        CacheKey mine = CacheKey.Create(s_scope, [round, $"own {number}", $"{own.Count}"]);
                        byte[] content = RandomNumberGenerator.GetBytes(random.Next(10) == 0 ? 1_500_000 : random.Next(1, 20_000));
                        await SaveAsync(catalog, mine, content, scratch, replace: false);
                        own[mine] = Digest.Of(content);
                        saves++;
                        break;
                    case 2 when own.Count > 0:
                        (CacheKey key, Digest expected) = own.ElementAt(random.Next(own.Count));
                        await LookAsync(catalog, key, bytes => Digest.Of(bytes) == expected, isMine: true);
                        break;
                    default:
                        int k = random.Next(SharedKeys);
                        await LookAsync(catalog, CacheKey.Create(s_scope, [round, "shared", $"{k}"]), bytes => IsContentOf(k, bytes), isMine: false);
                        break;
                }
            }
            catch (Exception error)
            {
                errors.Add(error.ToString().ReplaceLineEndings(" | "));
            }
        }

        foreach ((CacheKey key, Digest expected) in own)
        {
            await LookAsync(new EntryCatalog(store), key, bytes => Digest.Of(bytes) == expected, isMine: true);
        }

        await store.DisposeAsync();
        Console.WriteLine($"{hits} {saves} {wrong} {lost}");
        errors.Take(3).ToList().ForEach(Console.WriteLine);
        return 0;

        async Task LookAsync(EntryCatalog catalog, CacheKey key, Func<byte[], bool> isRight, bool isMine)
        {
            string target = Directory.CreateDirectory(Path.Combine(scratch, Guid.NewGuid().ToString("n"))).FullName;
            LookupResult found = await catalog.FindAndRestoreAsync(key, null, target);
            if (found.Entry is not null)
            {
                hits++;
                wrong += isRight(await File.ReadAllBytesAsync(Path.Combine(target, "file"))) ? 0 : 1;
            }
            else if (isMine)
            {
                lost++;
            }

            Directory.Delete(target, recursive: true);
        }
    }

    private static Process Start(string[] arguments)
    {
        string program = Assembly.GetExecutingAssembly().Location;
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    private static async Task SaveAsync(EntryCatalog catalog, CacheKey key, byte[] content, string scratch, bool replace)
    {
        string file = Path.Combine(scratch, Guid.NewGuid().ToString("n"));
        await File.WriteAllBytesAsync(file, content);
        await catalog.SaveAsync(key, [new PathToSave("file", file)], Rig.Details, replace);
        File.Delete(file);
    }

    // Its first byte says whose it is, its last 32 that it is whole.
    private static byte[] Content(int key, int writer, Random random)
    {
        byte[] content = new byte[random.Next(10) == 0 ? 1_300_000 : 4000];
        Array.Fill(content, (byte)writer);
        content[0] = (byte)key;
        SHA256.HashData(content.AsSpan(0, content.Length - 32), content.AsSpan(content.Length - 32));
        return content;
    }

    private static bool IsContentOf(int key, byte[] content) =>
        content.Length > 32 && content[0] == key && SHA256.HashData(content.AsSpan(0, content.Length - 32)).AsSpan().SequenceEqual(content.AsSpan(content.Length - 32));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>What the processes of a soak saw together.</summary>
/// <param name="Hits">How often they found something, and looked at it.</param>
/// <param name="Saves">How often they saved.</param>
/// <param name="Wrong">How often it had wrong bytes.</param>
/// <param name="Lost">How often an entry of their own was not there.</param>
/// <param name="Errors">What failed.</param>
public sealed record SoakOutcome(int Hits, int Saves, int Wrong, int Lost, IReadOnlyList<string> Errors);
