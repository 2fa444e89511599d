using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Support;

[assembly: AssemblyFixture(typeof(BuildCache.Tests.Sources.Mirroring.MirrorOrigin))]

namespace BuildCache.Tests.Sources.Mirroring;

/// <summary>Repositories that tests of mirrors begin with, made once; each test has a copy.</summary>
public sealed class MirrorOrigin : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Lazy<string> _root;

    public MirrorOrigin() => _root = new Lazy<string>(Make);

    /// <summary>The only commit of the submodule that is named by a relative address.</summary>
    public string Inner { get; private set; } = "";

    public void CopyTo(string root)
    {
        foreach (string directory in Directory.EnumerateDirectories(_root.Value, "*", SearchOption.AllDirectories).Prepend(_root.Value))
        {
            Directory.CreateDirectory(root + directory[_root.Value.Length..]);
        }

        foreach (string file in Directory.EnumerateFiles(_root.Value, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, root + file[_root.Value.Length..]);
        }
    }

    private string Make()
    {
        Inner = new Repository(_folder.PathOf("inner")).Commit(("inner.txt", "inner"));
        string far = new Repository(_folder.PathOf("group/far")).Commit(("far.txt", "far"));
        var library = new Repository(_folder.PathOf("library"));
        library.In("update-index", "--add", "--cacheinfo", $"160000,{Inner},deps/inner", "--cacheinfo", $"160000,{far},deps/far");
        // Submodules that nobody checked out.
        _folder.Folder("library/deps/inner");
        _folder.Folder("library/deps/far");
        return _folder.Root;
    }

    public void Dispose() => _folder.Dispose();
}
