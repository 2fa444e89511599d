using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Keys;

/// <summary>One input of a piece of work.</summary>
/// <param name="Kind">What sort of input: <c>file</c>, <c>value</c>, <c>environment</c>, <c>resource</c>, <c>tool</c>, …</param>
/// <param name="Name">Which one: a path relative to the workspace root, the name of a variable or a parameter.</param>
/// <param name="Digest">The digest of what it holds; its value itself is not kept.</param>
public readonly record struct FingerprintInput(string Kind, string Name, Digest Digest);

/// <summary>All inputs of a piece of work, sorted, so that two pieces can be compared input by input. Its digest is a part of a key.</summary>
public sealed class Fingerprint
{
    private const byte FormatVersion = 1;

    // Four lengths, a digit and a hash.
    private const int LeastInput = 17 + Digest.HashLength;

    private Fingerprint(ImmutableArray<FingerprintInput> inputs, Digest digest) => (Inputs, Digest) = (inputs, digest);

    /// <summary>The inputs, sorted by kind and name.</summary>
    public ImmutableArray<FingerprintInput> Inputs { get; }

    /// <summary>The canonical bytes, as stored beside an entry.</summary>
    /// <remarks>Made when they are asked for: a hit needs the digest alone.</remarks>
    public ReadOnlyMemory<byte> Bytes
    {
        get
        {
            using CanonicalWriter writer = Write(Inputs);
            return writer.ToArray();
        }
    }

    /// <summary>The digest of the canonical bytes: equal exactly when all inputs are.</summary>
    public Digest Digest { get; }

    /// <summary>Makes a fingerprint of inputs in any order.</summary>
    /// <exception cref="ArgumentException">Two inputs have the same kind and name.</exception>
    public static Fingerprint Create(IEnumerable<FingerprintInput> inputs)
    {
        FingerprintInput[] sorted = [.. inputs];
        Array.Sort(sorted, static (left, right) => Order(left, right));
        for (int i = 1; i < sorted.Length; i++)
        {
            if (Order(sorted[i - 1], sorted[i]) == 0)
            {
                throw new ArgumentException($"The input '{sorted[i].Kind} {sorted[i].Name}' is given twice.", nameof(inputs));
            }
        }

        ImmutableArray<FingerprintInput> all = ImmutableCollectionsMarshal.AsImmutableArray(sorted);
        using CanonicalWriter writer = Write(all);
        return new Fingerprint(all, writer.Digest);
    }

    /// <summary>Reads a stored fingerprint.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: the bytes are no fingerprint.</exception>
    public static Fingerprint Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new CanonicalReader(bytes);
            if (reader.Tag() != FormatVersion)
            {
                throw new FormatException();
            }

            var inputs = new FingerprintInput[reader.Count(LeastInput)];
            for (int i = 0; i < inputs.Length; i++)
            {
                string kind = reader.Text();
                string name = reader.Text();
                long size = long.Parse(reader.Text(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);
                ReadOnlySpan<byte> hash = reader.Bytes();
                inputs[i] = new FingerprintInput(kind, name, hash.Length == Digest.HashLength ? new Digest(hash, size) : throw new FormatException());
            }

            reader.End();
            return Create(inputs);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, "A stored fingerprint cannot be read. The entry that names it is damaged; remove it.", error);
        }
    }

    /// <summary>The inputs that differ from an earlier fingerprint: those changed, those new, those gone.</summary>
    public IReadOnlyList<FingerprintDifference> DifferencesFrom(Fingerprint earlier)
    {
        Dictionary<(string, string), Digest> before = earlier.Inputs.ToDictionary(input => (input.Kind, input.Name), input => input.Digest);
        List<FingerprintDifference> differences = [];
        foreach (FingerprintInput input in Inputs)
        {
            bool known = before.Remove((input.Kind, input.Name), out Digest digest);
            if (!known || digest != input.Digest)
            {
                differences.Add(new FingerprintDifference(known ? InputChange.Changed : InputChange.Added, input.Kind, input.Name));
            }
        }

        differences.AddRange(earlier.Inputs.Where(input => before.ContainsKey((input.Kind, input.Name)))
            .Select(input => new FingerprintDifference(InputChange.Removed, input.Kind, input.Name)));
        return differences;
    }

    private static CanonicalWriter Write(ImmutableArray<FingerprintInput> inputs)
    {
        var writer = new CanonicalWriter(FormatVersion);
        writer.Count(inputs.Length);
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        foreach (FingerprintInput input in inputs)
        {
            input.Digest.CopyHashTo(hash);
            writer.Text(input.Kind).Text(input.Name).Text(input.Digest.Size.ToString(System.Globalization.CultureInfo.InvariantCulture)).Bytes(hash);
        }

        return writer;
    }

    private static int Order(in FingerprintInput left, in FingerprintInput right)
    {
        int order = string.CompareOrdinal(left.Kind, right.Kind);
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }
}

/// <summary>How an input differs from an earlier piece of work.</summary>
public enum InputChange
{
    /// <summary>It has another content or value.</summary>
    Changed,

    /// <summary>It was not an input before.</summary>
    Added,

    /// <summary>It was an input before.</summary>
    Removed,
}

/// <summary>One input that differs.</summary>
public readonly record struct FingerprintDifference(InputChange Change, string Kind, string Name)
{
    /// <summary>For people: <c>file src/A.cs changed</c>.</summary>
    public override string ToString() => PrintableText.Line($"{Kind} {Name} {Change.ToString().ToLowerInvariant()}");
}
