using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

/// <summary>Another process that has a file mapped and writes to it, without ever writing a page back: this test program, started with
/// <c>mapping</c>.</summary>
internal sealed class MappingProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts one; the file is mapped when this returns.</summary>
    public MappingProcess(string path)
    {
        _process = TestProgram.Start(start => start.RedirectStandardInput = true, "mapping", path);
        Expect("mapped");
    }

    /// <summary>Works as the process.</summary>
    public static int Run(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor();
        // What was read once is written without the kernel being asked, on a file system in memory.
        _ = view.ReadByte(0);
        Console.WriteLine("mapped");
        while (Console.ReadLine() is { Length: 1 } line)
        {
            view.Write(0, (byte)line[0]);
            Console.WriteLine("written");
        }

        return 0;
    }

    /// <summary>Writes the first byte of the file.</summary>
    public void Write(char value)
    {
        _process.StandardInput.WriteLine(value);
        _process.StandardInput.Flush();
        Expect("written");
    }

    private void Expect(string line)
    {
        string? said = _process.StandardOutput.ReadLine();
        Assert.True(said == line, $"{said}{(said is null ? _process.StandardError.ReadToEnd() : "")}");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
