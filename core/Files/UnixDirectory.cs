using System.Runtime.InteropServices;
using System.Text;

namespace BuildCache.Files;

/// <summary>An open directory of a Unix system, whose names are read as the bytes that they are.</summary>
internal sealed unsafe class UnixDirectory : IDisposable
{
    private const int BufferSize = 32 * 1024;
    private const int LengthOffset = 16, TypeOffset = 18, NameOffset = 19;
    private const byte DirectoryType = 4;

    private byte* _buffer;
    private int _length;
    private int _next;
    private nint _stream;

    private UnixDirectory(int handle, string path) => (Handle, Path) = (handle, path);

    public int Handle { get; }

    /// <summary>For people: a name that is not UTF-8 cannot be told.</summary>
    public string Path { get; }

    /// <summary>Opens a directory, and never a link to one.</summary>
    /// <param name="at">The handle that the name is relative to.</param>
    /// <param name="name">The name.</param>
    /// <param name="path">The path, for people.</param>
    /// <param name="error">The error of the system.</param>
    public static UnixDirectory? TryOpen(int at, byte* name, string path, out int error)
    {
        int handle = UnixCalls.OpenDirectory(at, name);
        error = handle < 0 ? -handle : 0;
        return handle < 0 ? null : new UnixDirectory(handle, path);
    }

    /// <summary>A name of the directory as a path, for people.</summary>
    public string PathOf(byte* name) => $"{Path}/{TextOf(name)}";

    public static string TextOf(byte* name) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));

    /// <summary>Starts again with the first name.</summary>
    public void Rewind()
    {
        CloseStream();
        UnixCalls.Rewind(Handle);
        (_length, _next) = (0, 0);
    }

    /// <summary>Gives the next name, which is valid until the next call. What was added or removed meanwhile may be missed.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isDirectory">Whether it is a directory; where the file system does not say, <see langword="null"/>.</param>
    /// <param name="error">Why there are no more names, or 0.</param>
    public bool TryNext(out byte* name, out bool? isDirectory, out int error)
    {
        while (Read(out name, out byte type, out error))
        {
            if (!IsDots(name))
            {
                isDirectory = type == 0 ? null : type == DirectoryType;
                return true;
            }
        }

        isDirectory = null;
        return false;
    }

    public void Dispose()
    {
        CloseStream();
        NativeMemory.Free(_buffer);
        _buffer = null;
        UnixCalls.Close(Handle);
    }

    private bool Read(out byte* name, out byte type, out int error)
    {
        name = null;
        (type, error) = (0, 0);
        if (OperatingSystem.IsMacOS())
        {
            _stream = _stream == 0 ? MacDirectory.Open(Handle) : _stream;
            return _stream != 0 && MacDirectory.Next(_stream, out name, out type);
        }

        if (_next >= _length)
        {
            _buffer = _buffer is null ? (byte*)NativeMemory.Alloc(BufferSize) : _buffer;
            int read = UnixCalls.ReadDirectory(Handle, _buffer, BufferSize);
            (_length, _next, error) = (Math.Max(read, 0), 0, Math.Max(-read, 0));
            if (read <= 0)
            {
                return false;
            }
        }

        byte* entry = _buffer + _next;
        _next += *(ushort*)(entry + LengthOffset);
        name = entry + NameOffset;
        type = entry[TypeOffset];
        return true;
    }

    private void CloseStream()
    {
        if (_stream != 0)
        {
            MacDirectory.Close(_stream);
            _stream = 0;
        }
    }

    private static bool IsDots(byte* name) => name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}
