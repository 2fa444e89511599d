using BuildCache.Content;

namespace BuildCache.Commands;

/// <summary>Collects what a command writes while it runs, up to what may be kept.</summary>
public sealed class CommandRecorder
{
    private List<RecordedItem> _items = [];
    private long _size;

    /// <summary>Adds what comes next.</summary>
    public void Add(RecordedItem item)
    {
        if (_size > Ceilings.Recording)
        {
            return;
        }

        // A character takes a byte at least, and an item some around it, here and where it is stored.
        const int AroundEach = 32;
        _size += (item.Line?.Length ?? item.Texts.Sum(text => (long)text.Length)) + AroundEach;
        if (_size > Ceilings.Recording)
        {
            // Given up at once: it would be held until the command ends.
            _items = [];
        }
        else
        {
            _items.Add(item);
        }
    }

    /// <summary>The recording, or <see langword="null"/> when the command wrote more than is kept.</summary>
    /// <param name="exitCode">How the command ended.</param>
    /// <param name="isComplete">Whether what was added is all that it wrote.</param>
    public CommandRecording? Finish(int? exitCode, bool isComplete = true) =>
        _size > Ceilings.Recording ? null : new CommandRecording(_items, exitCode, isComplete);
}
