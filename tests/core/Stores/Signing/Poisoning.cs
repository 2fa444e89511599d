using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.Signing;
using BuildCache.Tests.Stores.Suite;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Stores.Signing;

/// <summary>A pull request that may write to the store of main puts another assembly where main will look for its own.</summary>
public sealed class Poisoning(Backend backend) : IDisposable
{
    /// <summary>What the attacker wants main to get.</summary>
    public const string Poison = "the attacker's assembly";
    /// <summary>What main makes.</summary>
    public const string Genuine = "main's own assembly";

    private readonly TempFolder _folder = new();
    private readonly CacheScope _scope = CacheScope.Create([(ScopeKind.Project, $"acme {Guid.NewGuid()}")]);

    /// <summary>The ways to do it, by name.</summary>
    public static IReadOnlyDictionary<string, Func<Poisoning, CacheKey, Task>> Attacks { get; } = new Dictionary<string, Func<Poisoning, CacheKey, Task>>
    {
        ["unsigned"] = (run, key) => run.SaveAsync(SignaturePolicy.None, key, Poison),
        ["signed with an unknown key"] = (run, key) => run.SaveAsync(Signers.Mallory, key, Poison),
        ["signed with a key for another scope"] = (run, key) => run.SaveAsync(Signers.Docs, key, Poison),
        ["main's record moved from another key"] = async (run, key) =>
        {
            CacheKey other = CacheKey.Create(key.Scope, ["test-only", .. key.Parts]);
            await run.SaveAsync(Signers.Main, other, Poison);
            await run.PutAsync(key, (await run.GetAsync(other)).Record.ToArray(), Poison);
        },
        ["main's record with another digest"] = async (run, key) =>
        {
            await run.SaveAsync(Signers.Main, key, Genuine);
            string record = Encoding.UTF8.GetString((await run.GetAsync(key)).Record.Span);
            await run.PutAsync(key, Encoding.UTF8.GetBytes(record.Replace(DigestOf(Genuine), DigestOf(Poison), StringComparison.Ordinal)), Poison);
        },
        ["the signature of main's record on another record"] = async (run, key) =>
        {
            await run.SaveAsync(Signers.Main, key, Genuine);
            SignatureBlock signature = SignatureBlock.Read((await run.GetAsync(key)).Record, out _)!;
            await run.SaveAsync(SignaturePolicy.None, key, Poison, replace: true);
            await run.PutAsync(key, signature.AppendTo((await run.GetAsync(key)).Record.Span), Poison);
        },
        ["a record that says it is of main, with a made-up signature"] = async (run, key) =>
        {
            await run.SaveAsync(Signers.Main, key, Genuine);
            SignatureBlock signature = SignatureBlock.Read((await run.GetAsync(key)).Record, out _)!;
            await run.SaveAsync(SignaturePolicy.None, key, Poison, replace: true);
            await run.PutAsync(key, (signature with { Signature = new byte[64] }).AppendTo((await run.GetAsync(key)).Record.Span), Poison);
        },
    };

    /// <summary>Their names.</summary>
    public static TheoryData<string> Names => [.. Attacks.Keys];

    /// <summary>Plays one way of attack against who requires signatures.</summary>
    /// <returns>What was seen.</returns>
    public async Task<PoisoningOutcome> RunAsync(string attack)
    {
        CacheKey key = Key("csc", "app.dll", attack);
        await Attacks[attack](this, key);
        string? without = await LoadAsync(SignaturePolicy.None, key);
        string? before = await LoadAsync(Signers.Main, key);
        bool isThereStill = await LoadAsync(SignaturePolicy.None, key) == without;
        bool saved = await SaveAsync(Signers.Main, key, Genuine);
        return new PoisoningOutcome(attack, without, before, isThereStill, saved, await LoadAsync(Signers.Reader, key), await LoadAsync(SignaturePolicy.None, key));
    }

    /// <summary>Plays the attack by way of restore keys: newer entries of the attacker's below the same parent, which its pointers name first.</summary>
    public async Task<PoisoningOutcome> RunByRestoreKeyAsync()
    {
        string name = $"packages {Guid.NewGuid()}";
        await SaveAsync(Signers.Main, Key(name, "good"), Genuine);
        // The order of entries is told in whole seconds by some.
        await Task.Delay(backend.Address is null ? 20 : 1100);
        await SaveAsync(SignaturePolicy.None, Key(name, "newer"), Poison);
        await SaveAsync(Signers.Mallory, Key(name, "newest"), Poison);
        CacheKey wanted = Key(name, "wanted");
        string? without = await LoadAsync(SignaturePolicy.None, wanted, Key(name));
        string? before = await LoadAsync(Signers.Main, wanted, Key(name));
        bool saved = await SaveAsync(Signers.Main, wanted, Genuine);
        return new PoisoningOutcome("restore keys", without, before, true, saved, await LoadAsync(Signers.Reader, wanted, Key(name)), await LoadAsync(SignaturePolicy.None, wanted));
    }

    public void Dispose() => _folder.Dispose();

    private static string DigestOf(string content) => Digest.Of(Encoding.UTF8.GetBytes(content)).ToString();

    private CacheKey Key(params string[] parts) => CacheKey.Create(_scope, parts);

    private SignedStore Open(SignaturePolicy policy) => new(backend.Open(), policy);

    private async Task<bool> SaveAsync(SignaturePolicy policy, CacheKey key, string content, bool replace = false)
    {
        await using SignedStore store = Open(policy);
        string file = _folder.File($"source/{Guid.NewGuid():n}", content);
        return (await new EntryCatalog(store).SaveAsync(key, [new PathToSave("app.dll", file)], Rig.Details, replace)).Saved;
    }

    private async Task<string?> LoadAsync(SignaturePolicy policy, CacheKey key, params CacheKey[] restoreKeys)
    {
        await using SignedStore store = Open(policy);
        string target = _folder.Folder($"target/{Guid.NewGuid():n}");
        LookupResult found = await new EntryCatalog(store).FindAndRestoreAsync(key, restoreKeys, target);
        return found.Entry is null ? null : await File.ReadAllTextAsync(Path.Combine(target, "app.dll"));
    }

    private async Task<IndexedEntry> GetAsync(CacheKey key)
    {
        await using CacheStore store = backend.Open();
        return (await store.Entries.GetAsync(key))!;
    }

    // As who writes to the storage by hand does.
    private async Task PutAsync(CacheKey key, byte[] record, string content)
    {
        await using CacheStore store = backend.Open();
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        var blob = Digest.Of(bytes);
        await store.Blobs.WriteAsync(blob, bytes);
        await store.Entries.PutAsync(key, new EntryRecord(record, new EntryContent([new ContentFile("app.dll", blob, false)], [], [blob])), replace: true);
    }
}

/// <summary>What became of an attack.</summary>
/// <param name="Attack">How it was done.</param>
/// <param name="WithoutSignatures">What a reader gets who requires none.</param>
/// <param name="BeforeSave">What main gets that requires them.</param>
/// <param name="IsThereStill">Whether the lookup of main left the attacker's entry where it was.</param>
/// <param name="Saved">Whether main's own save took place.</param>
/// <param name="AfterSave">What a reader gets then who requires signatures.</param>
/// <param name="AfterSaveWithoutSignatures">What one gets who requires none.</param>
public sealed record PoisoningOutcome(
    string Attack, string? WithoutSignatures, string? BeforeSave, bool IsThereStill, bool Saved, string? AfterSave, string? AfterSaveWithoutSignatures);
