using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BuildCache.Commands;

/// <summary>Reads both ends of a process in blocks and gives them out in lines. Memory and the time after the exit are bounded, whatever is written.</summary>
internal sealed class ProcessOutput
{
    /// <summary>The most characters of a line; a longer one comes in pieces.</summary>
    public const int LongestLine = 1024 * 1024;

    private const int BlockSize = 16 * 1024;

    // Blocks that wait for their reader; then the process waits.
    private const int MostWaiting = 64;

    // Much more than any pipe holds: what is read later was written after the exit.
    private const long MostAfterExit = 4 * 1024 * 1024;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    // What a process leaves running in the background keeps its pipes open. It may finish what it writes, and is not waited for otherwise.
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    private readonly Channel<Block> _blocks = Channel.CreateBounded<Block>(MostWaiting);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _kill;
    private BuildCacheException? _failure;
    private long _read;

    /// <summary>Starts to read.</summary>
    /// <param name="output">What the process writes to its standard output.</param>
    /// <param name="errors">What it writes to its standard error.</param>
    /// <param name="exited">Is completed when the process has ended.</param>
    /// <param name="kill">Ends the process, when it cannot be read.</param>
    public ProcessOutput(TextReader output, TextReader errors, Task exited, Action kill)
    {
        _kill = kill;
        _ = Task.Run(() => ReadAsync(output, errors, exited));
    }

    /// <summary>Whether all was read, to the end of both pipes. It is known when the lines have come to their end.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Why it could not be read, if it could not.</summary>
    public BuildCacheException? Failure => Volatile.Read(ref _failure);

    /// <summary>The lines of both ends, as they come. They can be read once.</summary>
    public async IAsyncEnumerable<RecordedItem> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Dictionary<CommandChannel, LineSplitter> splitters = new() { [CommandChannel.Output] = new(LongestLine), [CommandChannel.Error] = new(LongestLine) };
        List<string> lines = [];
        await foreach (Block block in _blocks.Reader.ReadAllAsync(cancellationToken))
        {
            splitters[block.Channel].Add(block.Buffer.AsSpan(0, block.Length), lines);
            ArrayPool<char>.Shared.Return(block.Buffer);
            foreach (string line in lines)
            {
                yield return new RecordedItem(block.Channel, line);
            }

            lines.Clear();
        }

        foreach ((CommandChannel channel, LineSplitter splitter) in splitters)
        {
            if (splitter.End() is { } last)
            {
                yield return new RecordedItem(channel, last);
            }
        }
    }

    private async Task ReadAsync(TextReader output, TextReader errors, Task exited)
    {
        var both = Task.WhenAll(PumpAsync(output, CommandChannel.Output), PumpAsync(errors, CommandChannel.Error));
        await Task.WhenAny(exited, _failed.Task);
        long atExit = Interlocked.Read(ref _read);
        long seen = atExit;
        (TimeSpan silent, TimeSpan whole) = (TimeSpan.Zero, TimeSpan.Zero);
        while (!both.IsCompleted && Failure is null && silent < s_longestSilence && whole < s_longestWait && seen - atExit < MostAfterExit)
        {
            long start = Stopwatch.GetTimestamp();
            await Task.WhenAny(both, _failed.Task, Task.Delay(s_pause));
            (long before, seen) = (seen, Interlocked.Read(ref _read));
            // What is in the pipes is taken out however long the reader of the lines takes.
            if (_blocks.Reader.Count == 0)
            {
                TimeSpan waited = Stopwatch.GetElapsedTime(start);
                silent = before == seen ? silent + waited : TimeSpan.Zero;
                whole += waited;
            }
        }

        IsComplete = both.IsCompletedSuccessfully && Failure is null;
        _blocks.Writer.TryComplete();
    }

    private async Task PumpAsync(TextReader reader, CommandChannel channel)
    {
        try
        {
            while (true)
            {
                char[] buffer = ArrayPool<char>.Shared.Rent(BlockSize);
                int length = await reader.ReadAsync(buffer.AsMemory(0, BlockSize));
                if (length == 0)
                {
                    ArrayPool<char>.Shared.Return(buffer);
                    return;
                }

                await _blocks.Writer.WriteAsync(new Block(channel, buffer, length));
                Interlocked.Add(ref _read, length);
            }
        }
        catch (ChannelClosedException)
        {
            // Reading was stopped while something that the process left running wrote on.
        }
        catch (Exception error)
        {
            // Whatever it is: half of what was written must not be taken for the whole.
            var failure = new BuildCacheException(ErrorId.OutputUnreadable, $"What the command writes cannot be read ({error.Message}). The command was ended; run it again.", error);
            Interlocked.CompareExchange(ref _failure, failure, null);
            _failed.TrySetResult();
            _kill();
        }
        finally
        {
            reader.Dispose();
        }
    }

    private readonly record struct Block(CommandChannel Channel, char[] Buffer, int Length);
}
