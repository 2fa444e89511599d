using System.Buffers.Binary;
using System.Text;

namespace BuildCache.Pruning;

/// <summary>Any number of short texts, one behind the other, in bounded memory. Not safe for several threads at once, but for reading.</summary>
internal sealed class SpillTexts : IDisposable
{
    private readonly SpillFile _file = new();

    /// <summary>Adds a text.</summary>
    /// <returns>Where it stands.</returns>
    public long Add(string text)
    {
        byte[] bytes = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - sizeof(int));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(int)));
        return _file.Append(bytes);
    }

    /// <summary>The text that stands at a place.</summary>
    public string At(long place) => At(ref place);

    /// <summary>All texts, as they were added.</summary>
    public IEnumerable<string> All()
    {
        for (long place = 0; place < _file.Length;)
        {
            yield return At(ref place);
        }
    }

    /// <summary>Removes what is on disk.</summary>
    public void Dispose() => _file.Dispose();

    private string At(ref long place)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        _file.Read(length, place);
        byte[] bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        _file.Read(bytes, place + length.Length);
        place += length.Length + bytes.Length;
        return Encoding.UTF8.GetString(bytes);
    }
}
