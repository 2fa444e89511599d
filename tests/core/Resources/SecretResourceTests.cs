using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Stores.File;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Resources;

[Collection(typeof(EnvironmentAlone))]
public sealed class SecretResourceTests : IDisposable
{
    private const string Variable = "BUILDCACHE_TEST_SECRET";
    private readonly EnvironmentGuard _environment = new();

    public SecretResourceTests()
    {
        _environment.Set(UserDirectories.HomeVariable, _environment.Home.PathOf("home"));
        _environment.Set(SecretSalt.Variable, null);
    }

    private string SaltFile => _environment.Home.PathOf("home/secret-salt");

    [Fact]
    public void The_value_counts_and_the_variable_too()
    {
        ResourceId first = IdOf("one");

        Assert.Equal((ResourceKind.Secret, Variable), (first.Kind, first.Name));
        Assert.Equal(first, IdOf("one"));
        Assert.NotEqual(first, IdOf("two"));
        Assert.NotEqual(first, SecretResource.Identify("one"));
        Assert.Equal(first.Digest, SecretResource.Identify("one").Digest);
    }

    [Fact]
    public void A_name_takes_the_place_of_the_value_which_must_be_there_all_the_same()
    {
        ResourceId named = IdOf("one", "deploy key 2026");

        Assert.Equal(named, IdOf("two", "deploy key 2026"));
        Assert.Equal(named, SecretResource.Identify("three", "deploy key 2026"));
        Assert.NotEqual(named, IdOf("one", "deploy key 2027"));
        Assert.False(File.Exists(SaltFile), "Nothing was hashed, and a salt was made.");
        Fails.With(ErrorId.ResourceNotFound, () => IdOf(null, "deploy key 2026"));
        Fails.With(ErrorId.ResourceNotFound, () => IdOf("", "deploy key 2026"));
        Fails.With(ErrorId.ResourceNotFound, () => SecretResource.Identify("", "deploy key 2026"));
    }

    [Fact]
    public void Another_salt_makes_another_id()
    {
        ResourceId own = IdOf("one");
        _environment.Set(SecretSalt.Variable, Convert.ToBase64String(new byte[32]));
        ResourceId given = IdOf("one");
        Assert.NotEqual(own, given);

        _environment.Set(SecretSalt.Variable, new string('0', 64));
        Assert.Equal(given, IdOf("one"));
        _environment.Set(SecretSalt.Variable, " " + Convert.ToBase64String(new byte[32]) + "\n");
        Assert.Equal(given, IdOf("one"));
        _environment.Set(SecretSalt.Variable, "");
        Assert.Equal(own, IdOf("one"));
    }

    [Theory]
    [InlineData("banana")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000zz")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000")]
    public void A_malformed_salt_is_refused_and_not_told(string salt)
    {
        _environment.Set(SecretSalt.Variable, salt);

        BuildCacheException error = Fails.With(ErrorId.InvalidSalt, () => IdOf("hunter2"));

        Assert.DoesNotContain(salt, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_salt_is_made_once_for_its_owner_alone()
    {
        IdOf("one");
        byte[] salt = File.ReadAllBytes(SaltFile);
        IdOf("two");

        Assert.Equal(32, salt.Length);
        Assert.Equal(salt, File.ReadAllBytes(SaltFile));
        Assert.Equal([SaltFile], Directory.GetFiles(Path.GetDirectoryName(SaltFile)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SaltFile));
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_salt_that_others_can_read_is_refused(UnixFileMode others)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There the directory is the user's own.");
            return;
        }

        IdOf("one");
        File.SetUnixFileMode(SaltFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        Assert.Contains(SaltFile, Fails.With(ErrorId.InvalidSalt, () => IdOf("one")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_salt_of_another_length_is_refused(int length)
    {
        _environment.Home.File("home/secret-salt", new byte[length]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(SaltFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Fails.With(ErrorId.InvalidSalt, () => IdOf("one"));
    }

    [Fact]
    public void A_salt_that_cannot_be_made_is_an_error_that_names_the_variable()
    {
        _environment.Home.File("home", "a file where the directory should be");

        Assert.Contains(SecretSalt.Variable, Fails.With(ErrorId.InvalidSalt, () => IdOf("one")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_home_of_its_own_the_salt_is_with_the_users_data_and_not_with_the_caches()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux do variables say where the user's directories are.");
        _environment.Set(UserDirectories.HomeVariable, null);
        _environment.Set("XDG_DATA_HOME", _environment.Home.PathOf("data"));

        Assert.Equal(_environment.Home.PathOf("data/buildcache/secret-salt"), UserDirectories.SecretSalt);
        _environment.Set("XDG_DATA_HOME", null);
        Assert.Equal(_environment.Home.PathOf(".local/share/buildcache/secret-salt"), UserDirectories.SecretSalt);
    }

    [Fact]
    public void Eight_processes_that_make_the_salt_at_the_same_time_take_the_same_one()
    {
        List<Process> processes = [.. Enumerable.Range(0, 8).Select(_ => Tool.Start(Environment.ProcessPath!, ["secret", Variable], (Variable, "one"))!)];
        List<string> ids = [.. processes.Select(process => process.StandardOutput.ReadToEnd().Trim())];
        foreach (Process process in processes)
        {
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            process.Dispose();
        }

        Assert.Equal([IdOf("one").Id], ids.Distinct());
        Assert.Equal([SaltFile], Directory.GetFiles(Path.GetDirectoryName(SaltFile)!));
    }

    [Theory]
    [InlineData("a\ud800b")]
    [InlineData("a\ufffdb")]
    public void A_value_that_is_no_text_is_refused_and_not_told(string value)
    {
        BuildCacheException error = Fails.With(ErrorId.InvalidCacheKey, () => SecretResource.Identify(value));

        Assert.Null(error.InnerException);
        Assert.DoesNotContain(value, error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorId.InvalidCacheKey, error.Id);
    }

    [Fact]
    public void A_secret_is_hashed_slowly_and_once_a_process()
    {
        byte[] salt = RandomNumberGenerator.GetBytes(32);
        long started = Stopwatch.GetTimestamp();
        SecretHash.Of("one"u8, salt);
        TimeSpan first = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        SecretHash.Of("one"u8, salt);
        TimeSpan second = Stopwatch.GetElapsedTime(started);

        Assert.True(first > TimeSpan.FromMilliseconds(10), $"It took {first.TotalMilliseconds} ms.");
        Assert.True(second < first / 10, $"It took {second.TotalMilliseconds} ms again.");
    }

    [Fact]
    public async Task The_value_is_in_nothing_that_is_stored()
    {
        const string Value = "correct horse battery staple 7";
        ResourceId id = IdOf(Value);
        using var folder = new TempFolder();
        Fingerprint fingerprint = new FingerprintBuilder(folder.Root, new FileHasher(null)).AddResource(id).Build();
        CacheKey key = CacheKey.Create(CacheScope.Global, ["deploy", fingerprint.Digest.Hash]);
        string store = _environment.Home.PathOf("home/store");
        await new EntryCatalog(new FileStore(store)).SaveAsync(key, [new PathToSave("out", folder.File("out", "x"))], new EntryDetails("test", Fingerprint: fingerprint));

        List<byte[]> all = [.. Directory.GetFiles(_environment.Home.Root, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes),
            Encoding.UTF8.GetBytes(id.Id), [.. System.Buffers.Text.Base64Url.DecodeFromChars(id.Id.AsSpan(5))], key.CanonicalBytes.ToArray(), Encoding.UTF8.GetBytes($"{id} {id.Digest} {key} {key.Id}")];
        byte[] digest = Convert.FromHexString(id.Digest.Hash);
        Assert.Contains(Directory.GetFiles(store, "*", SearchOption.AllDirectories), file => File.ReadAllBytes(file).AsSpan().IndexOf(digest) >= 0);
        byte[] utf8 = Encoding.UTF8.GetBytes(Value);
        foreach (byte[] form in (byte[][])[utf8, Encoding.Unicode.GetBytes(Value), SHA256.HashData(utf8), SHA512.HashData(utf8)])
        {
            foreach (byte[] written in (byte[][])[form, Encoding.UTF8.GetBytes(Convert.ToHexStringLower(form)), Encoding.UTF8.GetBytes(Convert.ToBase64String(form).TrimEnd('='))])
            {
                Assert.DoesNotContain(all, content => content.AsSpan().IndexOf(written) >= 0);
            }
        }
    }

    private ResourceId IdOf(string? value, string? name = null)
    {
        _environment.Set(Variable, value);
        return SecretResource.IdentifyVariable(Variable, name);
    }

    public void Dispose() => _environment.Dispose();
}
