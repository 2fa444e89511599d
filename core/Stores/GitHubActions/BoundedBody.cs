using System.Buffers;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Reads the body of an answer whose length nobody vouches for.</summary>
internal static class BoundedBody
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Reads all of it.</summary>
    /// <returns><see langword="null"/> when it is longer than allowed.</returns>
    public static async ValueTask<byte[]?> ReadAsync(HttpResponseMessage response, int most, Patience patience)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(patience.Token);
        using var content = new MemoryStream();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer, patience.Token)) > 0;)
            {
                patience.Renew();
                if (content.Length + count > most)
                {
                    return null;
                }

                content.Write(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return content.ToArray();
    }

    /// <summary>Reads so many bytes and no more.</summary>
    /// <exception cref="TransientFault">There are fewer: something cut them off.</exception>
    public static async ValueTask ReadExactlyAsync(HttpResponseMessage response, Memory<byte> destination, Patience patience)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(patience.Token);
        while (!destination.IsEmpty)
        {
            int count = await stream.ReadAsync(destination, patience.Token);
            if (count == 0)
            {
                throw new TransientFault("its answer was cut off");
            }

            patience.Renew();
            destination = destination[count..];
        }
    }
}
