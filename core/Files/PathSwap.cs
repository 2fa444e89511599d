using System.Runtime.InteropServices;
using System.Text;

namespace BuildCache.Files;

/// <summary>Swaps what two paths name in one step, so that neither is absent at any moment.</summary>
internal static unsafe class PathSwap
{
    /// <summary>Swaps two files, directories or links.</summary>
    /// <exception cref="UnauthorizedAccessException">The file system refuses.</exception>
    /// <exception cref="IOException">As above.</exception>
    public static PathSwapResult Try(string left, string right)
    {
        fixed (byte* first = Encoding.UTF8.GetBytes(left + '\0'), second = Encoding.UTF8.GetBytes(right + '\0'))
        {
            int error = -UnixCalls.Swap(first, second);
            return error switch
            {
                0 => PathSwapResult.Swapped,
                UnixCalls.NoEntry => PathSwapResult.NotThere,
                UnixCalls.OtherDevice or UnixCalls.Busy => PathSwapResult.OtherFileSystem,
                UnixCalls.AccessDenied => throw new UnauthorizedAccessException($"'{right}' cannot be replaced: {Marshal.GetPInvokeErrorMessage(error)}."),
                5 or 28 or 30 or 122 => throw new IOException($"'{right}' cannot be replaced: {Marshal.GetPInvokeErrorMessage(error)}.", error),
                // A system, a file system or a sandbox that does not know the call.
                _ => PathSwapResult.Unsupported,
            };
        }
    }

    /// <summary>Whether something is mounted at a path.</summary>
    public static bool IsMountPoint(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return !OperatingSystem.IsWindows() && UnixCalls.IsMountPoint(UnixCalls.Here, name);
        }
    }
}

/// <summary>What a swap came to.</summary>
internal enum PathSwapResult
{
    /// <summary>Each names what the other named.</summary>
    Swapped,

    /// <summary>One of them names nothing.</summary>
    NotThere,

    /// <summary>They lie on different file systems, or something is mounted at one.</summary>
    OtherFileSystem,

    /// <summary>This cannot be done here.</summary>
    Unsupported,
}
