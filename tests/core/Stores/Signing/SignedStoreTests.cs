using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Stores.Signing;

/// <summary>Signatures among tiers, saves, listings, removal and pruning.</summary>
public sealed class SignedStoreTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("work");
    private readonly TempFolder _folder = new();

    private string Near => _folder.PathOf("near");

    private string Far => _folder.PathOf("far");

    private string Tiers => $"{new Uri(Near)};{new Uri(Far)}";

    [Fact]
    public async Task An_unsigned_near_entry_does_not_hide_a_signed_far_one()
    {
        await SaveAsync(Far, Signers.Main, "good");
        await SaveAsync(Near, SignaturePolicy.None, "bad");

        Assert.Equal("good", await LoadAsync(Tiers, Signers.Reader));
        Assert.Equal("good", await LoadAsync(Near, Signers.Reader));
        Assert.Equal("main", (await Open(Near, Signers.Reader).FindAsync(s_key)).Entry!.SignedBy);
    }

    [Fact]
    public async Task A_copy_into_a_nearer_tier_keeps_its_signature_and_none_is_given_one()
    {
        await SaveAsync(Far, Signers.Main, "good");
        await SaveAsync(Far, SignaturePolicy.None, "unsigned", Rig.Key("other"));

        await LoadAsync(Tiers, Signers.LenientMain);
        await LoadAsync(Tiers, Signers.LenientMain, Rig.Key("other"));

        EntryCatalog near = Open(Near, Signers.Lenient);
        Assert.Equal("main", (await near.FindAsync(s_key)).Entry!.SignedBy);
        // Else who signs would vouch for what anybody has put far away.
        CacheEntry copy = (await near.FindAsync(Rig.Key("other"))).Entry!;
        Assert.Null(copy.SignedBy);
        Assert.Equal((await Open(Far, Signers.Lenient).Store.Entries.GetAsync(s_key))!.Record.ToArray(), (await near.Store.Entries.GetAsync(s_key))!.Record.ToArray());
    }

    [Fact]
    public async Task A_save_into_tiers_replaces_what_does_not_count_in_each()
    {
        await SaveAsync(Near, SignaturePolicy.None, "bad");
        await SaveAsync(Far, Signers.Mallory, "bad");

        Assert.True(await SaveAsync(Tiers, Signers.Main, "good"));

        Assert.Equal("good", await LoadAsync(Near, Signers.Reader));
        Assert.Equal("good", await LoadAsync(Far, Signers.Reader));
    }

    [Fact]
    public async Task Who_signs_replaces_what_nobody_vouches_for_also_where_it_counts()
    {
        await SaveAsync(Far, SignaturePolicy.None, "unsigned");

        Assert.True(await SaveAsync(Far, Signers.LenientMain, "good"));
        Assert.False(await SaveAsync(Far, Signers.LenientMain, "again"));

        Assert.Equal("good", await LoadAsync(Far, Signers.Reader));
    }

    [Fact]
    public async Task A_signed_entry_is_not_replaced_by_who_signs_nothing()
    {
        await SaveAsync(Far, Signers.Main, "good");

        Assert.False(await SaveAsync(Far, SignaturePolicy.None, "bad"));
        Assert.False(await SaveAsync(Far, Signers.Lenient, "bad"));

        Assert.Equal("good", await LoadAsync(Far, Signers.Reader));
    }

    [Fact]
    public async Task What_does_not_count_is_not_replaced_by_who_signs_nothing()
    {
        await SaveAsync(Far, Signers.Mallory, "theirs");

        // Nobody here would find the new one either, and those who trust that key would lose theirs.
        Assert.False(await SaveAsync(Far, Signers.Reader, "unsigned"));

        Assert.Equal("theirs", await LoadAsync(Far, SignaturePolicy.None));
    }

    [Fact]
    public async Task A_lost_entry_that_counted_is_replaced()
    {
        await SaveAsync(Far, Signers.Main, "good");
        Directory.Delete(Path.Combine(Far, "blobs"), recursive: true);

        Assert.True(await SaveAsync(Far, Signers.Main, "better"));

        Assert.Equal("better", await LoadAsync(Far, Signers.Reader));
    }

    [Fact]
    public async Task A_key_that_settings_do_not_name_still_keeps_its_own_entry()
    {
        await SaveAsync(Far, Signers.Mallory, "first");

        Assert.False(await SaveAsync(Far, Signers.Mallory, "second"));

        Assert.Equal("first", await LoadAsync(Far, SignaturePolicy.None));
    }

    [Fact]
    public async Task Who_requires_nothing_reads_all_and_is_told_who_signed()
    {
        await SaveAsync(Far, Signers.Main, "a", Rig.Key("a"));
        await SaveAsync(Far, Signers.Mallory, "b", Rig.Key("b"));
        await SaveAsync(Far, SignaturePolicy.None, "c", Rig.Key("c"));
        await SaveAsync(Far, Signers.Docs, "d", Rig.Key("d"));
        string mallory = Signers.Mallory.SigningKey!.Key.PublicKey.Id;
        string main = Signers.Main.SigningKey!.Key.PublicKey.Id;

        Assert.Equal<string?[]>(["main", $"unknown key {mallory}", null, "docs, not trusted for this scope"], await SignersAsync(Signers.Lenient));
        string?[] unverified = await SignersAsync(SignaturePolicy.None);
        Assert.Equal<string?[]>([$"unknown key {main}", $"unknown key {mallory}", null], unverified[..3]);
    }

    [Fact]
    public async Task Listings_have_what_counts_and_removal_and_pruning_see_everything()
    {
        await SaveAsync(Far, Signers.Main, "good", Rig.Key("a", "good"));
        await SaveAsync(Far, SignaturePolicy.None, "bad", Rig.Key("a", "bad"));
        EntryCatalog reader = Open(Far, Signers.Reader);

        Assert.Single(await reader.ListAsync().ToListAsync());
        Assert.Single(await reader.ListAsync(Rig.Key("a")).ToListAsync());
        Assert.Single(await reader.Store.Entries.ListAllAsync().ToListAsync());
        Assert.Null(await reader.Store.Entries.GetWithUseAsync(Rig.Key("a", "bad")));
        Assert.Equal(2, (await reader.ListEverythingAsync().ToListAsync()).Count);

        // What it does not count is not the sweeper's to delete: others may count it.
        PruneResult pruned = await new EntryPruner(reader.Store, new FakeClock(TimeSpan.FromHours(2))).PruneAsync(new PrunePolicy());
        Assert.Equal((2, 0L), (pruned.KeptEntries, pruned.Swept.Bytes));
        Assert.Equal("bad", await LoadAsync(Far, SignaturePolicy.None, Rig.Key("a", "bad")));

        PruneResult emptied = await new EntryPruner(reader.Store, new FakeClock(TimeSpan.FromHours(2))).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0)));
        Assert.Equal(2, emptied.RemovedEntries);
        await SaveAsync(Far, SignaturePolicy.None, "bad", Rig.Key("a", "bad"));
        Assert.True(await reader.RemoveAsync(Rig.Key("a", "bad")));
        Assert.Null(await LoadAsync(Far, SignaturePolicy.None, Rig.Key("a", "bad")));
    }

    [Fact]
    public async Task Of_two_tiers_only_the_entry_that_was_listed_is_removed()
    {
        await SaveAsync(Far, Signers.Main, "good");
        await SaveAsync(Near, SignaturePolicy.None, "bad");
        EntryCatalog catalog = Open(Tiers, Signers.Reader);

        CacheEntry bad = (await catalog.ListEverythingAsync().ToListAsync()).Single(entry => entry.SignedBy is null);
        Assert.True(await catalog.RemoveAsync(bad));

        Assert.Null(await LoadAsync(Near, SignaturePolicy.None));
        Assert.Equal("good", await LoadAsync(Far, Signers.Reader));
    }

    [Fact]
    public async Task A_save_that_will_not_be_found_again_is_told_once_and_takes_place()
    {
        EntryCatalog catalog = Open(Far, Signers.Reader);
        Assert.True(await SaveAsync(catalog, "a", Rig.Key("a")));
        Assert.True(await SaveAsync(catalog, "b", Rig.Key("b")));
        StoreNotice notice = Assert.Single(catalog.Store.TakeNotices());
        Assert.Equal(ErrorId.SignatureNotTrusted, notice.Id);
        Assert.Empty(catalog.Store.TakeNotices());
        Assert.Null((await catalog.FindAsync(Rig.Key("a"))).Entry);

        var untrusted = new SignaturePolicy([], [ScopePattern.All], Signers.Mallory.SigningKey);
        EntryCatalog mallory = Open(Far, untrusted);
        await SaveAsync(mallory, "c", Rig.Key("c"));
        Assert.Contains(Signers.Mallory.SigningKey!.Key.PublicKey.Id, Assert.Single(mallory.Store.TakeNotices()).Message, StringComparison.Ordinal);

        EntryCatalog main = Open(Far, Signers.Main);
        await SaveAsync(main, "d", Rig.Key("d"));
        Assert.Empty(main.Store.TakeNotices());
    }

    [Fact]
    public async Task An_entry_that_says_it_is_of_a_later_version_stops_neither_lookup_nor_save()
    {
        await SaveAsync(Far, SignaturePolicy.None, "bad");
        string path = Path.Combine(Far, "entries", KeyPath.Of(s_key), "entry");
        Rig.Overwrite(path, EntryHeader.Write("buildcache-entry", 2, "anything"u8));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await Open(Far, Signers.Lenient).FindAsync(s_key));

        Assert.Null(await LoadAsync(Far, Signers.Main));
        Assert.True(await SaveAsync(Far, Signers.Main, "good"));
        Assert.Equal("good", await LoadAsync(Far, Signers.Reader));
    }

    [Fact]
    public async Task Everything_that_a_restore_takes_is_named_by_what_is_signed()
    {
        string tree = _folder.Folder("tree");
        _folder.File("tree/deep/er/file", "content");
        _folder.File("tree/other", "more");
        EntryCatalog main = Open(Far, Signers.Main);
        await main.SaveAsync(s_key, [new PathToSave("tree", tree)], Rig.Details with { Output = "printed"u8.ToArray(), Fingerprint = Fingerprint.Create([]) });
        EntryCatalog reader = Open(Far, Signers.Reader);
        CacheEntry entry = (await reader.FindAsync(s_key)).Entry!;
        string record = Encoding.UTF8.GetString(entry.Indexed!.Record.Span);
        EntryContent content = entry.Trees!.ContentOf(entry);

        // What is read first is named in the record; the rest by what was read, by digests that were compared.
        Assert.Contains(entry.Output!.Value.ToString(), record, StringComparison.Ordinal);
        Assert.Contains(entry.Fingerprint!.Value.ToString(), record, StringComparison.Ordinal);
        Assert.Contains(entry.Paths[0].Tree!.Value.ToString(), record, StringComparison.Ordinal);
        Assert.Contains(entry.Paths[0].Digest.ToString(), record, StringComparison.Ordinal);
        foreach (Digest blob in content.Blobs)
        {
            // Another content of the same length under the name of each: nothing of it is ever restored.
            string path = Path.Combine(Far, "blobs", blob.Hash[..2], blob.Hash);
            byte[] good = File.ReadAllBytes(path);
            if (good.Length == 0)
            {
                continue;
            }

            byte[] bad = [.. good];
            bad[^1] ^= 1;
            Rig.Overwrite(path, bad);
            string target = _folder.Folder($"target/{Guid.NewGuid():n}");
            if (blob == entry.Output)
            {
                await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await reader.ReadOutputAsync(entry));
            }
            else if (blob == entry.Fingerprint)
            {
                await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await reader.ReadFingerprintAsync(entry));
            }
            else
            {
                Assert.Null((await reader.FindAndRestoreAsync(s_key, null, target)).Entry);
                Assert.Empty(Directory.GetFileSystemEntries(target));
            }

            await main.SaveAsync(s_key, [new PathToSave("tree", tree)], Rig.Details with { Output = "printed"u8.ToArray(), Fingerprint = Fingerprint.Create([]) }, replace: true);
            Rig.Overwrite(path, good);
        }
    }

    [Fact]
    public void A_single_folder_is_known_as_one()
    {
        Assert.IsType<FileStore>(CacheStore.Open(Far, Signers.Main).Place);
        Assert.IsType<FileStore>(CacheStore.Open(Far, SignaturePolicy.None));
    }

    public void Dispose() => _folder.Dispose();

    private static EntryCatalog Open(string store, SignaturePolicy policy) => new(CacheStore.Open(store, policy));

    private async Task<bool> SaveAsync(EntryCatalog catalog, string content, CacheKey? key = null) =>
        (await catalog.SaveAsync(key ?? s_key, [new PathToSave("file", _folder.File($"source/{Guid.NewGuid():n}", content))], Rig.Details)).Saved;

    private Task<bool> SaveAsync(string store, SignaturePolicy policy, string content, CacheKey? key = null) => SaveAsync(Open(store, policy), content, key);

    private async Task<string?> LoadAsync(string store, SignaturePolicy policy, CacheKey? key = null)
    {
        string target = _folder.Folder($"target/{Guid.NewGuid():n}");
        LookupResult found = await Open(store, policy).FindAndRestoreAsync(key ?? s_key, null, target);
        return found.Entry is null ? null : await File.ReadAllTextAsync(Path.Combine(target, "file"));
    }

    private async Task<string?[]> SignersAsync(SignaturePolicy policy) =>
        [.. (await Open(Far, policy).ListAsync().ToListAsync()).OrderBy(entry => entry.Key.Parts[0], StringComparer.Ordinal).Select(entry => entry.SignedBy)];
}
