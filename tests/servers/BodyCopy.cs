namespace BuildCache.TestServers;

/// <summary>Passes a body on as it arrives, with or without a fault in it.</summary>
internal static class BodyCopy
{
    private const int BufferSize = 64 * 1024;

    /// <returns>False: the fault says that the call ends here.</returns>
    public static async Task<bool> RunAsync(Stream source, Stream destination, BodyFault? fault, CancellationToken cancellationToken)
    {
        int heldBack = fault?.HeldBack ?? 0;
        byte[] buffer = new byte[BufferSize + heldBack];
        long written = 0;
        int held = 0;
        int read;
        while ((read = await source.ReadAsync(buffer.AsMemory(held), cancellationToken)) > 0)
        {
            int ready = Math.Max(0, held + read - heldBack);
            if (fault is BodyFault.CutMiddle cut && written + ready >= cut.AfterBytes)
            {
                await PassOnAsync((int)(cut.AfterBytes - written));
                return false;
            }

            if (fault is BodyFault.Corrupt { AtByte: long at } && at >= written && at < written + ready)
            {
                buffer[at - written] ^= 0xFF;
            }

            await PassOnAsync(ready);
            held = held + read - ready;
            buffer.AsSpan(ready, held).CopyTo(buffer);
        }

        if (fault is BodyFault.Corrupt && held > 0)
        {
            buffer[held - 1] ^= 0xFF;
            await PassOnAsync(held);
        }

        return fault is not BodyFault.CutMiddle;

        async Task PassOnAsync(int count)
        {
            if (count > 0)
            {
                await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                await destination.FlushAsync(cancellationToken);
                written += count;
            }
        }
    }
}
