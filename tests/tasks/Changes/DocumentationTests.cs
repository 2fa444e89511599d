namespace BuildCache.MSBuild.Tests.Changes;

/// <summary>Documentation that is taken from other files, in every form that the compiler reads.</summary>
public class DocumentationTests(DocumentationBuilds builds) : IClassFixture<DocumentationBuilds>
{
    public static TheoryData<string> Rows => [.. DocumentationRows.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_included_file_counts(string row)
    {
        builds.Check(row);
        Assert.Contains("two", File.ReadAllText(builds.Folder(row).PathOf("Lib/bin/Debug/net10.0/Lib.xml")), StringComparison.Ordinal);
    }
}

/// <summary>The builds of these rows.</summary>
public sealed class DocumentationBuilds() : ChangeBuilds(DocumentationRows.All);
