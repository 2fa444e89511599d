using System.Buffers.Binary;
using BuildCache.Content;

namespace BuildCache.Tests.Content;

public sealed class KeyedHashTests
{
    [Theory]
    [InlineData(0, "a3817f04ba25a8e66df67214c7550293")]
    [InlineData(1, "da87c1d86b99af44347659119b22fc45")]
    [InlineData(15, "5493e99933b0a8117e08ec0f97cfc3d9")]
    public void It_is_the_published_function(int length, string expected)
    {
        byte[] key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        byte[] hash = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(hash, new KeyedHash(key).Of(data));
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }
}
