using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace BuildCache.Files;

/// <summary>Removes a directory on a Unix system. Every step is relative to the directory that is open, so that a link that is put in the way leads nowhere.</summary>
internal sealed unsafe class UnixRemoval
{
    // Each level has a handle open. What is deeper is moved up to the top first.
    private const int DeepestLevel = 64;
    private const int MostLeftovers = 100;
    private const int MostAttempts = 3;

    private readonly List<Leftover> _left = [];
    private UnixDirectory? _top;
    private int _movedUp;

    /// <summary>Removes a file, a link, or a directory with all it holds.</summary>
    /// <returns>What could not be removed, up to a hundred of it.</returns>
    public IReadOnlyList<Leftover> Remove(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            int error = -UnixCalls.Remove(UnixCalls.Here, name, isDirectory: false);
            if (error is 0 or UnixCalls.NoEntry or UnixCalls.NotDirectory)
            {
                return [];
            }

            if (!TryRemoveDirectory(UnixCalls.Here, name, path, level: 0, out int second) && _left.Count == 0)
            {
                // Something else than a directory failed for the first reason.
                Fail(path, second == UnixCalls.NotDirectory || second == UnixCalls.IsLink ? error : second);
            }
        }

        return _left;
    }

    private bool TryRemoveDirectory(int at, byte* name, string path, int level, out int error)
    {
        for (int attempt = 0; ; attempt++)
        {
            error = -UnixCalls.Remove(at, name, isDirectory: true);
            if (error is 0 or UnixCalls.NoEntry)
            {
                return true;
            }

            if ((error != UnixCalls.NotEmpty && error != UnixCalls.Exists) || attempt == MostAttempts)
            {
                return false;
            }

            using UnixDirectory? directory = Open(at, name, path, out error);
            if (directory is null)
            {
                return error == UnixCalls.NoEntry;
            }

            byte empty = 0;
            if (UnixCalls.IsMountPoint(directory.Handle, &empty))
            {
                // What is mounted there is not what was to be removed.
                error = UnixCalls.Busy;
                return false;
            }

            _top ??= directory;
            int before = _left.Count;
            Clear(directory, level);
            _top = _top == directory ? null : _top;
            if (_left.Count > before)
            {
                error = UnixCalls.NotEmpty;
                return false;
            }
        }
    }

    private static UnixDirectory? Open(int at, byte* name, string path, out int error)
    {
        UnixDirectory? directory = UnixDirectory.TryOpen(at, name, path, out error);
        return directory is null && error == UnixCalls.AccessDenied && UnixCalls.AllowOwner(at, name) == 0
            ? UnixDirectory.TryOpen(at, name, path, out error)
            : directory;
    }

    // Names that are removed while others are read may hide some, so that it takes passes until one finds nothing to remove.
    private void Clear(UnixDirectory directory, int level)
    {
        int before = _left.Count;
        bool isWritable = false;
        while (true)
        {
            _left.RemoveRange(before, _left.Count - before);
            directory.Rewind();
            int movedUp = _movedUp;
            bool removed = false;
            int error;
            while (directory.TryNext(out byte* name, out bool? isDirectory, out error))
            {
                removed |= TryRemoveChild(directory, name, isDirectory, level, ref isWritable);
            }

            if (error != 0)
            {
                Fail(directory.Path, error);
            }

            if (!removed && !(directory == _top && _movedUp > movedUp))
            {
                return;
            }
        }
    }

    private bool TryRemoveChild(UnixDirectory directory, byte* name, bool? isDirectory, int level, ref bool isWritable)
    {
        while (true)
        {
            int before = _left.Count;
            if (TryRemoveChild(directory, name, isDirectory, level, out int error))
            {
                return true;
            }

            // Nothing can be removed from a directory that is read-only, as some tools make all of their caches.
            if (error == UnixCalls.AccessDenied && !isWritable && UnixCalls.AllowOwner(directory.Handle) == 0)
            {
                isWritable = true;
                continue;
            }

            if (_left.Count == before)
            {
                Fail(directory.PathOf(name), error);
            }

            return false;
        }
    }

    private bool TryRemoveChild(UnixDirectory directory, byte* name, bool? isDirectory, int level, out int error)
    {
        error = 0;
        if (isDirectory != true)
        {
            error = -UnixCalls.Remove(directory.Handle, name, isDirectory: false);
            if (error is 0 or UnixCalls.NoEntry)
            {
                return true;
            }

            if (isDirectory == false || error is not (UnixCalls.IsDirectory or UnixCalls.NotPermitted))
            {
                return false;
            }
        }

        if (level == DeepestLevel)
        {
            return TryMoveUp(directory, name, out error);
        }

        if (TryRemoveDirectory(directory.Handle, name, directory.PathOf(name), level + 1, out error))
        {
            return true;
        }

        // It was a directory a moment ago, and is a link or a file now.
        return (error == UnixCalls.NotDirectory || error == UnixCalls.IsLink) && -UnixCalls.Remove(directory.Handle, name, isDirectory: false) is 0 or UnixCalls.NoEntry;
    }

    private bool TryMoveUp(UnixDirectory directory, byte* name, out int error)
    {
        error = -UnixCalls.Remove(directory.Handle, name, isDirectory: true);
        if (error is 0 or UnixCalls.NoEntry)
        {
            return true;
        }

        fixed (byte* above = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{StagingName.New()}-{_movedUp}\0")))
        {
            error = -UnixCalls.Rename(directory.Handle, name, _top!.Handle, above);
            if (error == UnixCalls.AccessDenied && UnixCalls.AllowOwner(directory.Handle, name) == 0)
            {
                error = -UnixCalls.Rename(directory.Handle, name, _top.Handle, above);
            }
        }

        _movedUp += error == 0 ? 1 : 0;
        return error == 0;
    }

    private void Fail(string path, int error)
    {
        if (_left.Count < MostLeftovers)
        {
            _left.Add(new Leftover(path, error == UnixCalls.Busy ? "something is mounted there" : Marshal.GetPInvokeErrorMessage(error)));
        }
    }
}
