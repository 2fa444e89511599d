using System.Text;
using System.Text.Json;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Sources;

/// <summary>Writes refs into a <c>buildcache.json</c>, and leaves every other byte as it is.</summary>
public static class RefFile
{
    /// <summary>Sets the refs of sources.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="refs">For the name of each source, its ref.</param>
    /// <returns>The names of those whose ref was another; when there is none, the file is not written.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidConfiguration"/>: the file is malformed, or cannot be written.
    /// <see cref="ErrorId.SourceNotDeclared"/>: it does not declare one of the sources.</exception>
    public static IReadOnlyList<string> Update(string file, IReadOnlyDictionary<string, string> refs)
    {
        try
        {
            byte[] before = RegularFile.TryRead(file, Ceilings.SettingsFile) ?? throw new IOException($"It is no file of at most {Ceilings.SettingsFile:N0} bytes.");
            List<string> changed = [];
            byte[] after = Edit(file, before, refs, changed);
            if (changed.Count > 0)
            {
                Replace(file, before, after);
            }

            return changed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InvalidConfiguration, $"The refs cannot be written to '{file}': {error.Message} It is as it was. Check that this user may write it.", error);
        }
    }

    private static byte[] Edit(string file, byte[] bytes, IReadOnlyDictionary<string, string> refs, List<string> changed)
    {
        int mark = bytes.Length - PlacedJson.WithoutMark(bytes).Length;
        PlacedJson? sources = PlacedJson.Parse(file, bytes).Member("sources");
        List<(int Start, int End, string Text)> edits = [];
        foreach ((string name, string value) in refs)
        {
            PlacedJson source = sources?.Member(name)
                ?? throw new BuildCacheException(ErrorId.SourceNotDeclared, $"'{file}' declares no source '{name}', so its ref has no place there. Declare it under 'sources'.");
            string literal = $"\"{JsonEncodedText.Encode(value)}\"";
            if (source.Member("ref") is { } old)
            {
                if (old.Text == value)
                {
                    continue;
                }

                edits.Add((old.Start + mark, old.End + mark, literal));
            }
            else
            {
                // After the last member, in a line of its own where that one has a line of its own.
                PlacedJson last = source.Members[^1].Value;
                edits.Add((last.End + mark, last.End + mark, "," + (last.Line > source.Line ? LineStart(bytes, last.Start + mark) : " ") + $"\"ref\": {literal}"));
            }

            changed.Add(name);
        }

        using var edited = new MemoryStream(bytes.Length + 256);
        int at = 0;
        foreach ((int start, int end, string text) in edits.OrderBy(edit => edit.Start))
        {
            edited.Write(bytes, at, start - at);
            edited.Write(Encoding.UTF8.GetBytes(text));
            at = end;
        }

        edited.Write(bytes, at, bytes.Length - at);
        return edited.ToArray();
    }

    /// <summary>The end of the line before and the white space that the line of a position begins with.</summary>
    private static string LineStart(byte[] bytes, int position)
    {
        int newLine = Array.LastIndexOf(bytes, (byte)'\n', position);
        int begin = newLine > 0 && bytes[newLine - 1] == '\r' ? newLine - 1 : newLine;
        int end = newLine + 1;
        while (bytes[end] is (byte)' ' or (byte)'\t')
        {
            end++;
        }

        return Encoding.UTF8.GetString(bytes, begin, end - begin);
    }

    private static void Replace(string file, byte[] before, byte[] after)
    {
        // The file of a link is replaced, and not the link.
        string target = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        using var whole = new AtomicFile(target);
        File.WriteAllBytes(whole.TemporaryPath, after);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(whole.TemporaryPath, File.GetUnixFileMode(target));
        }

        if (!File.ReadAllBytes(target).AsSpan().SequenceEqual(before))
        {
            throw new IOException("Another process changed it meanwhile.");
        }

        whole.Replace();
    }
}
