using System.Buffers.Binary;
using System.Text;
using BuildCache.Content;
using BuildCache.Pruning;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>What is known of each pack of a bucket, brought together from the list of packs and from the indexes, however many there are.</summary>
internal sealed class PackFacts : IDisposable
{
    private const byte Listed = 0;
    private const byte Indexed = 1;
    private const int KindAt = Digest.HashLength;
    private const int ValueAt = KindAt + 1;
    private const int IsNeededAt = ValueAt + sizeof(long);

    private readonly SpillSort _facts = new(IsNeededAt + 1);
    private readonly SpillTexts _names = new();

    /// <summary>Notes that there is a pack.</summary>
    public void AddListed(StoredObject pack) => Add(pack.Name[S3Names.Packs.Length..], Listed, _names.Add(pack.Name), isNeeded: false);

    /// <summary>Notes what an index says of a pack, whether or not that is there.</summary>
    public void AddIndexed(PackListing pack, bool isNeeded) =>
        Add(pack.Pack, Indexed, pack.Slices.Select(slice => slice.Blob).Distinct().Count(), isNeeded);

    /// <summary>The packs that are there.</summary>
    public IEnumerable<PackFact> Read(CancellationToken cancellationToken)
    {
        SortedRecords facts = _facts.Read(cancellationToken);
        byte[] first = new byte[IsNeededAt + 1];
        for (bool more = facts.MoveNext(); more;)
        {
            facts.Current.CopyTo(first);
            (bool isKnown, bool isNeeded, long blobs) = (false, false, 1);
            for (; more && facts.Current[..KindAt].SequenceEqual(first.AsSpan(0, KindAt)); more = facts.MoveNext())
            {
                if (facts.Current[KindAt] == Indexed)
                {
                    // Several indexes may list a pack, each all of it.
                    blobs = isKnown ? Math.Max(blobs, ValueOf(facts.Current)) : ValueOf(facts.Current);
                    isKnown = true;
                    isNeeded |= facts.Current[IsNeededAt] != 0;
                }
            }

            if (first[KindAt] == Listed)
            {
                yield return new PackFact(_names.At(ValueOf(first)), isKnown, isNeeded, blobs);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _facts.Dispose();
        _names.Dispose();
    }

    private void Add(string pack, byte kind, long value, bool isNeeded)
    {
        Span<byte> fact = stackalloc byte[IsNeededAt + 1];
        // Of the text: anything may have been put among the packs.
        Digest.Of(Encoding.UTF8.GetBytes(pack)).CopyHashTo(fact);
        fact[KindAt] = kind;
        BinaryPrimitives.WriteInt64BigEndian(fact[ValueAt..], value);
        fact[IsNeededAt] = isNeeded ? (byte)1 : (byte)0;
        _facts.Add(fact);
    }

    private static long ValueOf(ReadOnlySpan<byte> fact) => BinaryPrimitives.ReadInt64BigEndian(fact[ValueAt..]);
}

/// <summary>A pack that is there.</summary>
/// <param name="Name">The name of its object.</param>
/// <param name="IsKnown">Whether an index lists it.</param>
/// <param name="IsNeeded">Whether one lists a blob in it that is needed.</param>
/// <param name="Blobs">How many blobs it has; 1 when nobody knows.</param>
internal readonly record struct PackFact(string Name, bool IsKnown, bool IsNeeded, long Blobs);
