using System.Buffers.Binary;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace BuildCache.Resources;

/// <summary>Asks an SSH agent for its public keys. Nothing that it answers is believed before it was checked.</summary>
internal static class SshAgentClient
{
    private const byte RequestIdentities = 11, IdentitiesAnswer = 12;

    // OpenSSH's own limit for a message.
    private const int LongestMessage = 256 * 1024;

    /// <summary>The SHA-256 of each public key, as <c>ssh-add -l</c> shows it.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.ResourceNotFound"/>.</exception>
    public static async ValueTask<IReadOnlyList<byte[]>> ReadFingerprintsAsync(string place, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await using Stream agent = await ConnectAsync(place, limit.Token);
            await agent.WriteAsync(new byte[] { 0, 0, 0, 1, RequestIdentities }, limit.Token);
            byte[] header = new byte[4];
            await agent.ReadExactlyAsync(header, limit.Token);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (length is 0 or > LongestMessage)
            {
                throw new InvalidDataException("its answer has an impossible length");
            }

            byte[] answer = new byte[length];
            await agent.ReadExactlyAsync(answer, limit.Token);
            return Parse(answer);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoAgent(place, $"it did not answer within {patience.TotalSeconds:0.#} s");
        }
        catch (Exception error) when (error is IOException or SocketException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            throw NoAgent(place, error.Message, error);
        }
    }

    /// <summary>Reads an answer: how many keys, then of each the key and a comment.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static IReadOnlyList<byte[]> Parse(ReadOnlySpan<byte> answer)
    {
        if (answer[0] != IdentitiesAnswer)
        {
            throw new InvalidDataException("it refuses to list its keys");
        }

        ReadOnlySpan<byte> rest = answer[1..];
        uint count = TakeNumber(ref rest);
        List<byte[]> fingerprints = [];
        // It ends by itself when the count lies: there are no bytes left then.
        for (uint i = 0; i < count; i++)
        {
            fingerprints.Add(SHA256.HashData(TakeString(ref rest)));
            TakeString(ref rest);
        }

        return rest.IsEmpty ? fingerprints : throw new InvalidDataException("there is more in its answer than keys");
    }

    private static async ValueTask<Stream> ConnectAsync(string place, CancellationToken cancellationToken)
    {
        const string PipeFolder = @"\\.\pipe\";
        if (OperatingSystem.IsWindows() && (place.StartsWith(PipeFolder, StringComparison.OrdinalIgnoreCase) || !Path.IsPathRooted(place)))
        {
            var pipe = new NamedPipeClientStream(".", place.StartsWith(PipeFolder, StringComparison.OrdinalIgnoreCase) ? place[PipeFolder.Length..] : place, PipeDirection.InOut, PipeOptions.Asynchronous);
            try
            {
                await pipe.ConnectAsync(cancellationToken);
                return pipe;
            }
            catch
            {
                await pipe.DisposeAsync();
                throw;
            }
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(place), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static uint TakeNumber(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < sizeof(uint))
        {
            throw new InvalidDataException("its answer ends too early");
        }

        uint number = BinaryPrimitives.ReadUInt32BigEndian(rest);
        rest = rest[sizeof(uint)..];
        return number;
    }

    private static ReadOnlySpan<byte> TakeString(ref ReadOnlySpan<byte> rest)
    {
        uint length = TakeNumber(ref rest);
        if (length > rest.Length)
        {
            throw new InvalidDataException("its answer ends too early");
        }

        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static BuildCacheException NoAgent(string place, string why, Exception? cause = null) =>
        new(ErrorId.ResourceNotFound, $"No SSH agent answers at '{place}': {why.TrimEnd('.')}. Start it, or check {SshAgentResource.SocketVariable}.", cause);
}
