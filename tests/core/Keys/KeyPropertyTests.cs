using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Keys;

public sealed class KeyPropertyTests
{
    [Fact]
    public void Two_keys_have_equal_bytes_exactly_when_they_are_the_same_key() =>
        Arbitrary.ForAll(Arbitrary.Pair, pair =>
        {
            bool same = Arbitrary.Same(pair.Left, pair.Right);
            return same == pair.Left.CanonicalBytes.Span.SequenceEqual(pair.Right.CanonicalBytes.Span)
                && same == (pair.Left.Digest == pair.Right.Digest)
                && same == pair.Left.Equals(pair.Right)
                && same == (pair.Left.Id == pair.Right.Id);
        }, times: 5000);

    [Fact]
    public void A_key_is_read_back_from_its_id() =>
        Arbitrary.ForAll(Arbitrary.Key, key => Arbitrary.Same(CacheId.Parse(key.Id), key));

    [Fact]
    public void A_scope_is_read_back_from_its_text() =>
        Arbitrary.ForAll(Arbitrary.Scope, scope => CacheScope.Parse(scope.ToString()).Equals(scope));

    [Fact]
    public void A_parent_is_a_restore_key_of_its_child() =>
        Arbitrary.ForAll(Arbitrary.Key, key => key.IsRestoreKeyOf(key.Append("child")) && key.IsRestoreKeyOf(key));

    [Fact]
    public void A_restore_key_matches_by_whole_parts_and_by_the_characters_of_its_last() =>
        Arbitrary.ForAll(Arbitrary.Pair, pair =>
        {
            (CacheKey restoreKey, CacheKey key) = pair;
            int whole = restoreKey.Parts.Length - 1;
            bool expected = restoreKey.Scope.Equals(key.Scope)
                && key.Parts.Length > whole
                && key.Parts.Take(whole).SequenceEqual(restoreKey.Parts.Take(whole), StringComparer.Ordinal)
                && key.Parts[whole].AsSpan().StartsWith(restoreKey.Parts[whole]);
            return restoreKey.IsRestoreKeyOf(key) == expected;
        }, times: 5000);

    [Fact]
    public void A_key_never_has_the_id_of_another_after_one_character_was_altered() =>
        Arbitrary.ForAll(Arbitrary.Key, key =>
        {
            string id = key.Id;
            for (int i = 0; i < id.Length; i++)
            {
                string altered = $"{id[..i]}{(id[i] == 'A' ? 'B' : 'A')}{id[(i + 1)..]}";
                try
                {
                    CacheId.Parse(altered);
                    return false;
                }
                catch (BuildCacheException error) when (error.Id == ErrorId.InvalidCacheId)
                {
                    // As it should be.
                }
            }

            return true;
        }, times: 50);
}
