using System.Runtime.InteropServices;

namespace BuildCache.Files;

/// <summary>Stops work when the system asks the process to end (SIGTERM, SIGHUP; on Windows, closing and shutting down), so that it removes what it had half made. Then the process ends.</summary>
public sealed class TerminationSignals : IDisposable
{
    // A CI service kills for good some seconds after it has asked.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    private readonly ManualResetEventSlim _isOver = new();
    private readonly CancellationTokenSource _stop;
    private readonly PosixSignalRegistration?[] _registrations;

    /// <summary>Watches while work is done.</summary>
    /// <param name="stop">Is cancelled when the process is to end.</param>
    public TerminationSignals(CancellationTokenSource stop)
    {
        _stop = stop;
        _registrations = [TryRegister(PosixSignal.SIGTERM), TryRegister(PosixSignal.SIGHUP)];
    }

    /// <summary>Says that the work is over.</summary>
    public void Dispose()
    {
        _isOver.Set();
        foreach (PosixSignalRegistration? registration in _registrations)
        {
            registration?.Dispose();
        }
    }

    // What the signal does by default happens when this returns.
    private void Stop(PosixSignalContext context)
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        _isOver.Wait(s_longestWait);
    }

    private PosixSignalRegistration? TryRegister(PosixSignal signal)
    {
        try
        {
            return PosixSignalRegistration.Create(signal, Stop);
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return null;
        }
    }
}
