using BuildCache.Keys;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

public sealed class KeyPathTests
{
    [Fact]
    public void Different_keys_have_different_paths_even_where_case_does_not_count() =>
        Arbitrary.ForAll(Arbitrary.Pair, pair =>
            Arbitrary.Same(pair.Left, pair.Right) == string.Equals(KeyPath.Of(pair.Left), KeyPath.Of(pair.Right), StringComparison.OrdinalIgnoreCase), times: 5000);

    [Fact]
    public void A_path_holds_nothing_that_any_file_system_changes_or_refuses() =>
        Arbitrary.ForAll(Arbitrary.Key, key => KeyPath.Of(key).Split(Path.DirectorySeparatorChar).All(name =>
            name is ['+', _, ..] && name.Length <= 113 && name[^1] is not ('.' or ' ')
            && name.Skip(1).All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.' or '%' or '~')), times: 2000);

    [Fact]
    public void Long_parts_that_differ_only_at_their_end_have_different_paths()
    {
        string start = new('x', 200);

        Assert.NotEqual(KeyPath.Of(Rig.Key(start + "a")), KeyPath.Of(Rig.Key(start + "b")));
    }

    [Fact]
    public void A_restore_key_looks_into_every_directory_that_may_hold_a_match() =>
        Arbitrary.ForAll(Arbitrary.Pair, pair =>
        {
            (CacheKey prefix, CacheKey key) = (pair.Left, pair.Right);
            if (!prefix.IsRestoreKeyOf(key))
            {
                return true;
            }

            string[] names = KeyPath.Of(key).Split(Path.DirectorySeparatorChar);
            int depth = prefix.Parts.Length;
            return Path.Combine(names[..depth]) == KeyPath.ParentOf(prefix) && KeyPath.MayStartWith(prefix.Parts[^1])(names[depth]);
        }, times: 5000);

    [Fact]
    public void Every_prefix_of_a_part_looks_into_the_directory_of_the_part()
    {
        foreach (string part in (string[])["v1.2.3", "...", "Größe 数", new('x', 79), new('x', 80), new string('x', 78) + ".y", new string('x', 79) + "..", new string('数', 40)])
        {
            string name = Path.GetFileName(KeyPath.Of(Rig.Key(part)));
            for (int length = 1; length <= part.Length; length++)
            {
                Assert.True(KeyPath.MayStartWith(part[..length])(name), $"'{part[..length]}' does not look into '{name}'.");
            }
        }
    }
}
