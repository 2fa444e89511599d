namespace BuildCache.Benchmarks.Trees;

/// <summary>The trees that are saved and restored. Their content is random and the same every time.</summary>
internal static class TreeContent
{
    private const int Seed = 20_000;
    private const int Mebibyte = 1024 * 1024;

    /// <summary>20,000 files of 1 to 8 KiB in 400 directories.</summary>
    public static void WriteSmallFiles(string directory)
    {
        const int Directories = 400;
        const int FilesEach = 50;
        var random = new Random(Seed);
        byte[] buffer = new byte[8 * 1024];
        for (int i = 0; i < Directories; i++)
        {
            // A level of twenty in between, as no tree that a build makes is flat.
            string path = Path.Combine(directory, $"group{i / 20}", $"part{i % 20}");
            Directory.CreateDirectory(path);
            for (int file = 0; file < FilesEach; file++)
            {
                Span<byte> content = buffer.AsSpan(0, random.Next(1024, buffer.Length + 1));
                random.NextBytes(content);
                File.WriteAllBytes(Path.Combine(path, $"file{file}.bin"), content);
            }
        }
    }

    /// <summary>8 files of 256 MiB.</summary>
    public static void WriteLargeFiles(string directory) => WriteFiles(directory, files: 8, mebibytesEach: 256);

    /// <summary>Some large files.</summary>
    public static void WriteFiles(string directory, int files, int mebibytesEach)
    {
        var random = new Random(Seed);
        byte[] buffer = new byte[Mebibyte];
        Directory.CreateDirectory(directory);
        for (int file = 0; file < files; file++)
        {
            using FileStream stream = File.Create(Path.Combine(directory, $"file{file}.bin"));
            for (int i = 0; i < mebibytesEach; i++)
            {
                random.NextBytes(buffer);
                stream.Write(buffer);
            }
        }
    }
}
