using BuildCache.Keys;
using BuildCache.Stores.GitHubActions;
using BuildCache.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Stores.GitHubActions;

public sealed class ServiceKeyTests
{
    // Few texts, so that keys are often equal, parents, or prefixes.
    private static readonly Gen<(string[] Left, string[] Right)> s_pairs =
        from left in Parts()
        from right in Parts()
        select (left, right);

    private static readonly DateTimeOffset s_time = new(2026, 7, 3, 11, 22, 33, 456, TimeSpan.Zero);

    [Fact]
    public void A_name_can_be_read() =>
        Assert.StartsWith("project=3ap/csc/=41pp.dll/a=2cb#20260703112233456-", ServiceKey.NewEntry(Rig.Key("csc", "App.dll", "a,b"), s_time), StringComparison.Ordinal);

    [Fact]
    public void Two_names_of_a_key_differ_and_tell_their_time()
    {
        CacheKey key = Rig.Key("a#b", "c~d");

        string name = ServiceKey.NewEntry(key, s_time);

        Assert.NotEqual(name, ServiceKey.NewEntry(key, s_time));
        Assert.Equal(s_time, ServiceKey.WrittenOf(name));
        Assert.Equal(DateTimeOffset.MinValue, ServiceKey.WrittenOf("no name"));
    }

    public static TheoryData<string[]> Extremes =>
    new()
    {
        (string[])[.. Enumerable.Range(0, 32).Select(i => $"part {i}")],
        (string[])[.. Enumerable.Range(0, 32).Select(i => new string('x', 400) + i)],
        (string[])[new string('A', 5000)],
        (string[])[new string('ü', 119), "/", "#", "~", ",", "%", "_", "*", "\n", "\0"],
        (string[])["a", new string('b', 120)],
        (string[])["a", new string('b', 121)],
    };

    [Theory]
    [MemberData(nameof(Extremes))]
    public void A_name_is_short_enough_and_has_only_plain_characters(string[] parts)
    {
        CacheKey key = Rig.Key(parts);

        string name = ServiceKey.NewEntry(key, s_time);

        Assert.InRange(name.Length, 1, ServiceKey.MostCharacters);
        Assert.All(name, character => Assert.Contains(character, "abcdefghijklmnopqrstuvwxyz0123456789-.=/~#"));
        Assert.StartsWith(ServiceKey.PrefixOf(key), name, StringComparison.Ordinal);
        Assert.StartsWith(ServiceKey.SiblingsOf(key), name, StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_keys_have_a_name_of_one_start() =>
        Arbitrary.ForAll(s_pairs, pair =>
        {
            (CacheKey left, CacheKey right) = (Rig.Key(pair.Left), Rig.Key(pair.Right));
            return left.Equals(right) == (ServiceKey.PrefixOf(left) == ServiceKey.PrefixOf(right))
                && (left.Equals(right) || !ServiceKey.NewEntry(left, s_time).StartsWith(ServiceKey.PrefixOf(right), StringComparison.Ordinal));
        });

    [Fact]
    public void A_restore_key_finds_what_it_matches() =>
        Arbitrary.ForAll(s_pairs, pair =>
        {
            (CacheKey restoreKey, CacheKey key) = (Rig.Key(pair.Left), Rig.Key(pair.Right));
            return !restoreKey.IsRestoreKeyOf(key)
                || ServiceKey.PrefixesFor(restoreKey).Any(prefix => ServiceKey.NewEntry(key, s_time).StartsWith(prefix, StringComparison.Ordinal));
        });

    [Theory]
    [InlineData(100, 150)]
    [InlineData(119, 120)]
    [InlineData(120, 121)]
    [InlineData(121, 122)]
    [InlineData(87, 3000)]
    [InlineData(3000, 3000)]
    [InlineData(200, 3000)]
    public void A_restore_key_finds_parts_that_were_cut(int prefix, int whole)
    {
        CacheKey restoreKey = Rig.Key("a", new string('b', prefix));
        CacheKey key = Rig.Key("a", new string('b', whole), "child");

        Assert.True(restoreKey.IsRestoreKeyOf(key));
        Assert.Contains(ServiceKey.PrefixesFor(restoreKey), start => ServiceKey.NewEntry(key, s_time).StartsWith(start, StringComparison.Ordinal));
    }

    private static Gen<string[]> Parts() =>
        from count in Gen.Choose(1, 4)
        from parts in Gen.Elements("a", "ab", "aB", "a/b", "a#", "~", "=61", "%", "_", ",", "ä", new string('a', 130), new string('a', 131)).ArrayOf(count)
        select parts;
}
