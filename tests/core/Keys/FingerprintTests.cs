using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Keys;

public sealed class FingerprintTests
{
    private static readonly FingerprintInput s_file = new("file", "src/A.cs", Digest.Of("class A;\n"u8));
    private static readonly FingerprintInput s_value = new("value", "Configuration", FingerprintBuilder.OfValue("Release"));

    private static Gen<FingerprintInput[]> Inputs { get; } =
        (from kind in Gen.Elements("file", "value", "environment")
         from name in Arbitrary.Text
         from content in Arbitrary.Bytes
         select new FingerprintInput(kind, name, Digest.Of(content))).ArrayOf()
        .Select(inputs => inputs.DistinctBy(input => (input.Kind, input.Name)).ToArray());

    [Fact]
    public void A_fingerprint_has_these_bytes_and_this_digest()
    {
        Fingerprint fingerprint = Fingerprint.Create([s_value, s_file]);

        Assert.Equal(
            "01020000000400000066696c65080000007372632f412e6373010000003920000000" + s_file.Digest.Hash
            + "0500000076616c75650d000000436f6e66696775726174696f6e010000003820000000" + s_value.Digest.Hash,
            Convert.ToHexStringLower(fingerprint.Bytes.Span));
        Assert.Equal(GoldenDigest, fingerprint.Digest.ToString());
    }

    [Fact]
    public void The_order_in_which_inputs_come_does_not_matter() =>
        Arbitrary.ForAll(Inputs, inputs =>
        {
            FingerprintInput[] shuffled = [.. inputs];
            new Random(inputs.Length).Shuffle(shuffled);
            return Fingerprint.Create(shuffled).Bytes.Span.SequenceEqual(Fingerprint.Create(inputs).Bytes.Span);
        }, times: 300);

    [Fact]
    public void A_fingerprint_is_read_back_from_its_bytes() =>
        Arbitrary.ForAll(Inputs, inputs =>
        {
            Fingerprint fingerprint = Fingerprint.Create(inputs);
            Fingerprint read = Fingerprint.Parse(fingerprint.Bytes.Span);
            return read.Inputs.SequenceEqual(fingerprint.Inputs) && read.Digest == fingerprint.Digest;
        }, times: 300);

    [Fact]
    public void Bytes_that_are_no_fingerprint_are_a_corrupt_blob() =>
        Arbitrary.ForAll(Arbitrary.Bytes, bytes =>
            Assert.Throws<BuildCacheException>(() => Fingerprint.Parse([1, .. bytes, 7])).Id == ErrorId.BlobCorrupt);

    [Fact]
    public void A_fingerprint_cut_anywhere_is_a_corrupt_blob()
    {
        byte[] bytes = Fingerprint.Create([s_value, s_file]).Bytes.ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            Fails.With(ErrorId.BlobCorrupt, () => Fingerprint.Parse(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void An_input_given_twice_is_refused() =>
        Assert.Throws<ArgumentException>(() => Fingerprint.Create([s_file, s_file]));

    [Fact]
    public void Differences_name_what_changed_what_came_and_what_went()
    {
        var earlier = Fingerprint.Create([s_file, s_value]);
        var later = Fingerprint.Create([s_file with { Digest = Digest.Empty }, new("environment", "CI", Digest.Empty)]);

        Assert.Equal(
            ["environment CI added", "file src/A.cs changed", "value Configuration removed"],
            later.DifferencesFrom(earlier).Select(difference => difference.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Equal_fingerprints_have_no_differences() =>
        Arbitrary.ForAll(Inputs, inputs => Fingerprint.Create(inputs).DifferencesFrom(Fingerprint.Create(inputs)).Count == 0, times: 100);

    [Fact]
    public void An_absent_value_is_not_an_empty_one() =>
        Assert.NotEqual(FingerprintBuilder.OfValue(null), FingerprintBuilder.OfValue(""));

    private const string GoldenDigest = "40a7dde530ef92e9cc638d6859c6596dc8694980074b810fbab60b5d68a43b42/133";
}
