using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Files;

public sealed class HashMemoryTests : IDisposable
{
    // As long as the files, because a record keeps the size once.
    private static readonly Digest s_planted = Digest.Of("planted"u8);

    private readonly TrustedStamps _trust = new();
    private readonly TempFolder _folder = new();

    private string MemoryFile => _folder.PathOf("memory/file");

    [Fact]
    public void A_remembered_file_is_not_read_again()
    {
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);

        // A digest that no reading of the file could give.
        Plant(memory, path);

        Assert.Equal(s_planted, new FileHasher(memory).Hash(path).Digest);
        Assert.Equal([s_planted], new FileHasher(memory).HashAll([path]).Select(file => file.Digest));
    }

    [Fact]
    public void What_one_process_learnt_the_next_one_knows()
    {
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);
        Plant(memory, path);
        memory.Save();

        Assert.Equal(s_planted, new FileHasher(HashMemory.Open(MemoryFile)).Hash(path).Digest);
    }

    [Fact]
    public void Hashing_fills_the_memory()
    {
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);

        new FileHasher(memory).Hash(path);

        Assert.True(memory.TryGet(path, FileStamp.Read(path)!.Value, out Digest digest, out _));
        Assert.Equal(Digest.Of("content"u8), digest);
    }

    [Fact]
    public void A_file_written_a_moment_ago_is_not_remembered()
    {
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile);

        new FileHasher(memory).Hash(path);

        Assert.False(memory.TryGet(path, FileStamp.Read(path)!.Value, out _, out _));
    }

    [Fact]
    public void Another_content_of_the_same_size_and_write_time_is_noticed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the time of the last change of a file, which nobody can set.");
        string path = _folder.File("file", "content");
        DateTime written = File.GetLastWriteTimeUtc(path);
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);
        Plant(memory, path);
        // Longer than a tick of the file system's clock.
        Thread.Sleep(30);

        File.WriteAllText(path, "CONTENT");
        File.SetLastWriteTimeUtc(path, written);

        Assert.Equal(Digest.Of("CONTENT"u8), new FileHasher(memory).Hash(path).Digest);
    }

    [Fact]
    public void A_file_moved_over_a_remembered_one_is_noticed()
    {
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);
        Plant(memory, path);

        File.Move(_folder.File("other", "CONTENT"), path, overwrite: true);

        Assert.Equal(Digest.Of("CONTENT"u8), new FileHasher(memory).Hash(path).Digest);
    }

    [Fact]
    public void A_digest_without_marks_does_not_answer_a_question_about_marks()
    {
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);
        new FileHasher(memory).Hash(path);

        Assert.Equal(3, new FileHasher(memory, _ => 3).Hash(path).Marks);
        // And then the marks are remembered too.
        Assert.Equal(3, new FileHasher(memory, _ => 4).Hash(path).Marks);
    }

    [Fact]
    public void Edits_within_one_tick_of_the_clock_are_noticed()
    {
        string path = _folder.PathOf("file");
        HashMemory memory = HashMemory.Open(MemoryFile);
        var hasher = new FileHasher(memory);
        for (int i = 0; i < 500; i++)
        {
            byte[] content = [(byte)i, (byte)(i >> 8)];
            File.WriteAllBytes(path, content);
            Assert.Equal(Digest.Of(content), hasher.Hash(path).Digest);
            File.WriteAllBytes(path, [content[1], content[0]]);
            Assert.Equal(Digest.Of([content[1], content[0]]), hasher.Hash(path).Digest);
        }
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_removed_by_the_next_save()
    {
        string left = _folder.File($"memory/{StagingName.New()}{StagingName.TemporarySuffix}", "half");
        string recent = _folder.File($"memory/{StagingName.New()}{StagingName.TemporarySuffix}", "of a process that writes");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-2));
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);

        new FileHasher(memory).Hash(_folder.File("file", "content"));
        memory.Save();

        Assert.Equal([recent, MemoryFile], Directory.GetFileSystemEntries(_folder.PathOf("memory")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_that_save_at_the_same_time_leave_a_whole_memory()
    {
        string[] paths = [.. Enumerable.Range(0, 40).Select(i => _folder.File($"f{i}", $"{i}"))];
        Parallel.For(0, 40, i =>
        {
            HashMemory memory = HashMemory.Open(MemoryFile, _trust);
            new FileHasher(memory).Hash(paths[i]);
            memory.Save();
        });

        HashMemory last = HashMemory.Open(MemoryFile);
        int known = 0;
        for (int i = 0; i < paths.Length; i++)
        {
            if (last.TryGet(paths[i], FileStamp.Read(paths[i])!.Value, out Digest digest, out _))
            {
                known++;
                Assert.Equal(Digest.Of(File.ReadAllBytes(paths[i])), digest);
            }
        }

        Assert.InRange(known, 1, paths.Length);
        Assert.Equal([MemoryFile], Directory.GetFiles(_folder.PathOf("memory")));
    }

    [Fact]
    public void One_that_saves_later_keeps_what_another_saved_meanwhile()
    {
        (string a, string b) = (_folder.File("a", "aaaaaaa"), _folder.File("b", "bbbbbbb"));
        HashMemory first = HashMemory.Open(MemoryFile, _trust);
        HashMemory second = HashMemory.Open(MemoryFile, _trust);
        Plant(first, a);
        first.Save();
        Plant(second, b);
        second.Save();

        HashMemory last = HashMemory.Open(MemoryFile);
        Assert.True(last.TryGet(a, FileStamp.Read(a)!.Value, out _, out _));
        Assert.True(last.TryGet(b, FileStamp.Read(b)!.Value, out _, out _));
    }

    [Fact]
    public void Over_the_limit_what_was_used_last_stays()
    {
        const int Limit = 100_000;
        HashMemory old = HashMemory.Open(MemoryFile, _trust);
        var stamp = new FileStamp(s_planted.Size, 0, 0, 1, false);
        for (int i = 0; i < Limit; i++)
        {
            old.Remember($"/old/{i}", stamp, s_planted, 0);
        }

        old.Save();
        long full = new FileInfo(MemoryFile).Length;
        HashMemory young = HashMemory.Open(MemoryFile, _trust);
        for (int i = 0; i < 100; i++)
        {
            young.Remember($"/young/{i}", stamp, s_planted, 0);
        }

        young.Save();

        Assert.Equal(full, new FileInfo(MemoryFile).Length);
        HashMemory last = HashMemory.Open(MemoryFile);
        Assert.All(Enumerable.Range(0, 100), i => Assert.True(last.TryGet($"/young/{i}", stamp, out _, out _)));
    }

    [Fact]
    public void A_memory_that_cannot_be_saved_is_no_error()
    {
        // A file where the directory should be.
        _folder.File("memory");
        string path = _folder.File("file", "content");
        HashMemory memory = HashMemory.Open(MemoryFile, _trust);
        Plant(memory, path);

        memory.Save();

        Assert.Equal(s_planted, new FileHasher(memory).Hash(path).Digest);
    }

    private static void Plant(HashMemory memory, string path) => memory.Remember(path, FileStamp.Read(path)!.Value, s_planted, 0);

    public void Dispose() => _folder.Dispose();
}
