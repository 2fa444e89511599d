using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>An entry that is to go, and what becomes of it.</summary>
internal sealed class PruneCandidate(byte[] record, string reason)
{
    public byte[] Record => record;

    public string Reason => reason;

    /// <summary>The bytes that go with it.</summary>
    public Int128 Bytes { get; set; }

    /// <summary>The record as it is in the store now.</summary>
    public IndexedEntry? Indexed { get; set; }

    public PrunedEntry? Entry { get; set; }

    public PruneFate Fate { get; set; }

    public bool Stays => Fate is PruneFate.InUse or PruneFate.Declined;
}

/// <summary>What becomes of an entry that is to go.</summary>
internal enum PruneFate
{
    /// <summary>It goes, or would go.</summary>
    Going,

    /// <summary>Somebody removed it already.</summary>
    Gone,

    /// <summary>It was used or replaced meanwhile, and stays.</summary>
    InUse,

    /// <summary>The user wants it to stay.</summary>
    Declined,
}
