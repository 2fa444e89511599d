using System.Globalization;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>What restored outputs do to the next build of the tools that decide by times.</summary>
public sealed class BuildToolTests : IDisposable
{
    private readonly Rig _rig = new();

    public static TheoryData<string> Tools => ["make", "ninja", "cargo", "dotnet"];

    [Theory]
    [MemberData(nameof(Tools))]
    public async Task Outputs_that_a_restore_key_brought_are_built_again_where_the_sources_changed(string name)
    {
        BuiltProject project = NewProject(name);
        project.WriteSource(1);
        project.Build();
        Assert.Equal("version 1", project.RunProgram());
        await _rig.Catalog.SaveAsync(Rig.Key("build", "1"), project.Outputs, Rig.Details);

        project.WriteSource(2);
        project.RemoveOutputs();
        LookupResult found = await _rig.Catalog.FindAndRestoreAsync(Rig.Key("build", "2"), [Rig.Key("build")], project.Root);
        Assert.Equal(LookupMatch.RestoreKey, found.Match);
        project.Build();

        Assert.Equal("version 2", project.RunProgram());
    }

    // ninja has the times of its inputs in a log of its own and builds again after a fresh checkout, whatever the times of the outputs.
    [Theory]
    [InlineData("make")]
    [InlineData("cargo")]
    [InlineData("dotnet")]
    public async Task After_an_exact_hit_in_a_fresh_checkout_nothing_is_built(string name)
    {
        BuiltProject project = NewProject(name);
        project.WriteSource(1);
        project.Build();
        await _rig.Catalog.SaveAsync(Rig.Key("build", "1"), project.Outputs, Rig.Details);

        project.RemoveOutputs();
        project.WriteSource(1);
        LookupResult found = await _rig.Catalog.FindAndRestoreAsync(Rig.Key("build", "1"), [Rig.Key("build")], project.Root);
        Assert.Equal(LookupMatch.Exact, found.Match);
        DateTime restored = project.TimeOfProgram();
        project.Build();

        Assert.Equal(restored, project.TimeOfProgram());
        Assert.Equal("version 1", project.RunProgram());
    }

    private BuiltProject NewProject(string tool)
    {
        string root = _rig.Folder.Folder("project");
        BuiltProject project = tool switch
        {
            "make" => new Make(root),
            "ninja" => new Ninja(root),
            "cargo" => new Cargo(root),
            _ => new Dotnet(root),
        };
        Assert.SkipWhen(Tool.Run(tool, ["--version"]) is not { ExitCode: 0 }, $"There is no {tool} here.");
        Assert.SkipWhen(tool is "make" or "ninja" && Tool.Run("cc", ["--version"]) is not { ExitCode: 0 }, "There is no C compiler here.");
        return project;
    }

    public void Dispose() => _rig.Dispose();

    /// <summary>A program of one source that prints its version, and how a tool builds it.</summary>
    private abstract class BuiltProject(string root, string source, string program, params string[] outputs)
    {
        public string Root => root;

        public IReadOnlyList<PathToSave> Outputs => PathToSave.Below(root, outputs);

        public string Program => Path.Combine(root, program);

        public void WriteSource(int version)
        {
            // A file system may tell times no finer than its clock ticks.
            Thread.Sleep(20);
            Write(source, Source(version.ToString(CultureInfo.InvariantCulture)));
        }

        public void RemoveOutputs()
        {
            foreach (PathToSave output in Outputs)
            {
                Directory.Delete(output.FullPath, recursive: true);
            }
        }

        public DateTime TimeOfProgram() => File.GetLastWriteTimeUtc(Program);

        public string RunProgram() => Check(Run());

        public void Build() => Check(BuildOnce());

        protected abstract string Source(string version);

        protected abstract (int ExitCode, string Output, string Errors)? BuildOnce();

        protected virtual (int ExitCode, string Output, string Errors)? Run() => Tool.Run(Program, []);

        protected void Write(string name, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, name))!);
            File.WriteAllText(Path.Combine(root, name), text);
        }

        private static string Check((int ExitCode, string Output, string Errors)? result)
        {
            Assert.True(result is { ExitCode: 0 }, $"{result?.Output}{result?.Errors}");
            return result!.Value.Output;
        }
    }

    private sealed class Make : BuiltProject
    {
        public Make(string root)
            : base(root, "main.c", "out/program", "out") =>
            Write("Makefile", "out/program: out/main.o\n\tcc -o $@ $<\nout/main.o: main.c\n\tmkdir -p out\n\tcc -c -o $@ $<\n");

        protected override string Source(string version) => $"#include <stdio.h>\nint main() {{ puts(\"version {version}\"); return 0; }}\n";

        protected override (int ExitCode, string Output, string Errors)? BuildOnce() => Tool.Run("make", ["-C", Root]);
    }

    private sealed class Ninja : BuiltProject
    {
        public Ninja(string root)
            : base(root, "main.c", "out/program", "out") =>
            Write("build.ninja", "builddir = out\nrule cc\n  command = cc -c -o $out $in\nrule link\n  command = cc -o $out $in\nbuild out/main.o: cc main.c\nbuild out/program: link out/main.o\n");

        protected override string Source(string version) => $"#include <stdio.h>\nint main() {{ puts(\"version {version}\"); return 0; }}\n";

        protected override (int ExitCode, string Output, string Errors)? BuildOnce() => Tool.Run("ninja", ["-C", Root]);
    }

    private sealed class Cargo : BuiltProject
    {
        public Cargo(string root)
            : base(root, "src/main.rs", "target/debug/program", "target") =>
            Write("Cargo.toml", "[package]\nname = \"program\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");

        protected override string Source(string version) => $"fn main() {{ println!(\"version {version}\"); }}\n";

        protected override (int ExitCode, string Output, string Errors)? BuildOnce() =>
            Tool.Run("cargo", ["build", "--offline", "--manifest-path", Path.Combine(Root, "Cargo.toml")], ("CARGO_TARGET_DIR", Path.Combine(Root, "target")));
    }

    private sealed class Dotnet : BuiltProject
    {
        public Dotnet(string root)
            : base(root, "Program.cs", "bin/Debug/net10.0/program.dll", "bin", "obj")
        {
            Write("program.csproj", """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                </Project>
                """);
            Write("Directory.Build.props", "<Project />");
            Write("Directory.Build.targets", "<Project />");
        }

        protected override string Source(string version) => $"System.Console.WriteLine(\"version {version}\");\n";

        protected override (int ExitCode, string Output, string Errors)? BuildOnce() => Tool.Run("dotnet", ["build", Path.Combine(Root, "program.csproj"), "-nr:false"]);

        protected override (int ExitCode, string Output, string Errors)? Run() => Tool.Run("dotnet", [Program]);
    }
}
