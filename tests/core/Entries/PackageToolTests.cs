using System.IO.Compression;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>The directories that package tools fill, saved and restored, by restore key too, and used by the tools again.</summary>
public sealed class PackageToolTests : IDisposable
{
    private static readonly RestoreOptions s_outsideLinks = new() { AllowsOutsideLinks = true };
    private readonly Rig _rig = new();

    private string Project => _rig.Folder.PathOf("project");

    [Fact]
    public async Task The_packages_of_npm_workspaces()
    {
        Require("npm", "--version");
        Write("package.json", """{ "name": "root", "version": "1.0.0", "private": true, "workspaces": ["packages/*"] }""");
        Write("packages/library/package.json", """{ "name": "@here/library", "version": "1.0.0", "bin": { "library": "run.js" }, "main": "index.js" }""");
        Write("packages/library/index.js", "module.exports = 'library 1';\n");
        Write("packages/library/run.js", "#!/usr/bin/env node\nconsole.log(require('./index.js'));\n");
        Write("packages/program/package.json", """{ "name": "@here/program", "version": "1.0.0", "dependencies": { "@here/library": "1.0.0" } }""");
        Write("packages/program/index.js", "console.log(require('@here/library'));\n");
        Npm("install");
        await SaveAsync("node_modules");

        Write("packages/library/index.js", "module.exports = 'library 2';\n");
        await RestoreAsync(LookupMatch.Exact);
        Assert.Equal("library 2", Run("node", [Path.Combine(Project, "packages/program/index.js")]));
        Assert.Equal("library 2", Run(Path.Combine(Project, "node_modules/.bin/library"), []));
        Npm("ls", "--all");

        // A workspace more: npm brings what an older entry holds up to date.
        Write("packages/other/package.json", """{ "name": "@here/other", "version": "1.0.0" }""");
        Write("packages/other/index.js", "module.exports = 'other';\n");
        await RestoreAsync(LookupMatch.RestoreKey);
        Npm("install");
        Npm("ls", "--all");
        Assert.Equal("other", Run("node", ["-e", "console.log(require('@here/other'))"]));
    }

    [Fact]
    public async Task A_virtual_environment()
    {
        Require("python3", "--version");
        Write("module/here.py", "version = 1\n");
        Run("python3", ["-m", "venv", "--without-pip", Path.Combine(Project, "venv")]);
        string python = Path.Combine(Project, "venv/bin/python");
        string packages = Run(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
        File.WriteAllText(Path.Combine(packages, "here.pth"), Path.Combine(Project, "module") + "\n");
        await SaveAsync("venv");

        foreach (LookupMatch match in (LookupMatch[])[LookupMatch.Exact, LookupMatch.RestoreKey])
        {
            await RestoreAsync(match);
            Assert.Equal($"{Path.Combine(Project, "venv")} 1", Run(python, ["-c", "import sys, here; print(sys.prefix, here.version)"]));
        }
    }

    [Fact]
    public async Task The_module_cache_of_go()
    {
        Require("go", "version");
        WriteGoModule("1.0.0");
        Write("go.mod", "module example.org/program\n\ngo 1.19\n\nrequire example.org/library v1.0.0\n");
        Write("main.go", "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.org/library\"\n)\n\nfunc main() { fmt.Print(library.Version) }\n");
        Go("build", "-o", Path.Combine(Project, "program"), ".");
        UnixFileMode mode = ModeOfModule();
        Assert.False(mode.HasFlag(UnixFileMode.UserWrite), "go makes its modules read-only.");
        await SaveAsync("modules");

        await RestoreAsync(LookupMatch.Exact);
        Assert.Equal(mode, ModeOfModule());
        GoOffline("mod", "verify");
        GoOffline("build", "-o", Path.Combine(Project, "program"), ".");
        Assert.Equal("1.0.0", Run(Path.Combine(Project, "program"), []));

        WriteGoModule("1.1.0");
        Write("go.mod", "module example.org/program\n\ngo 1.19\n\nrequire example.org/library v1.1.0\n");
        await RestoreAsync(LookupMatch.RestoreKey);
        Go("build", "-o", Path.Combine(Project, "program"), ".");
        GoOffline("mod", "verify");
        Assert.Equal("1.1.0", Run(Path.Combine(Project, "program"), []));
        // What go made read-only gives way all the same.
        await RestoreAsync(LookupMatch.Exact);
    }

    private async Task SaveAsync(string directory) =>
        await _rig.Catalog.SaveAsync(Rig.Key("packages", "1"), PathToSave.Below(Project, [Path.Combine(Project, directory)]), new EntryDetails("test") { AllowsOutsideLinks = true },
            cancellationToken: TestContext.Current.CancellationToken);

    private async Task RestoreAsync(LookupMatch match)
    {
        CacheKey key = Rig.Key("packages", match == LookupMatch.Exact ? "1" : "2");
        LookupResult found = await _rig.Catalog.FindAndRestoreAsync(key, [Rig.Key("packages")], Project, options: s_outsideLinks, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(match, found.Match);
    }

    private void Npm(params string[] arguments) =>
        Run("npm", ["--prefix", Project, "--offline", .. arguments], ("npm_config_cache", _rig.Folder.PathOf("npm")), ("npm_config_update_notifier", "false"));

    private void Go(params string[] arguments) => Go(new Uri(_rig.Folder.PathOf("proxy")).AbsoluteUri, arguments);

    private void GoOffline(params string[] arguments) => Go("off", arguments);

    private void Go(string proxy, string[] arguments) =>
        Run("go", arguments, Project, ("GOPROXY", proxy), ("GOMODCACHE", Path.Combine(Project, "modules")), ("GOCACHE", _rig.Folder.PathOf("gocache")),
            ("GOFLAGS", "-mod=mod"), ("GOSUMDB", "off"), ("GOTOOLCHAIN", "local"), ("GO111MODULE", "on"), ("GOENV", "off"), ("GOWORK", "off"));

    private UnixFileMode ModeOfModule() => new DirectoryInfo(Path.Combine(Project, "modules/example.org/library@v1.0.0")).UnixFileMode;

    // A module proxy may be a folder.
    private void WriteGoModule(string version)
    {
        string folder = _rig.Folder.Folder("proxy/example.org/library/@v");
        const string Module = "module example.org/library\n\ngo 1.19\n";
        File.WriteAllText(Path.Combine(folder, $"v{version}.info"), $$"""{ "Version": "v{{version}}", "Time": "2026-01-01T00:00:00Z" }""");
        File.WriteAllText(Path.Combine(folder, $"v{version}.mod"), Module);
        using ZipArchive archive = ZipFile.Open(Path.Combine(folder, $"v{version}.zip"), ZipArchiveMode.Create);
        Add("go.mod", Module);
        Add("library.go", $"package library\n\nconst Version = \"{version}\"\n");

        void Add(string name, string text)
        {
            using StreamWriter writer = new(archive.CreateEntry($"example.org/library@v{version}/{name}").Open());
            writer.Write(text);
        }
    }

    private void Write(string name, string text) => _rig.Folder.File($"project/{name}", text);

    private static void Require(string program, string argument)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        Assert.SkipWhen(Tool.Run(program, [argument]) is not { ExitCode: 0 }, $"There is no {program} here.");
    }

    private string Run(string program, string[] arguments, params (string Name, string? Value)[] environment) => Run(program, arguments, Project, environment);

    private static string Run(string program, string[] arguments, string directory, params (string Name, string? Value)[] environment)
    {
        (int ExitCode, string Output, string Errors)? result = Tool.RunIn(directory, program, arguments, environment);
        Assert.True(result is { ExitCode: 0 }, $"{program} {string.Join(' ', arguments)}: {result?.Output}{result?.Errors}");
        return result!.Value.Output;
    }

    public void Dispose() => _rig.Dispose();
}
