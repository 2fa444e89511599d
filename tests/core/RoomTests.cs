using System.Text.RegularExpressions;
using BuildCache.Tests.Support;

namespace BuildCache.Tests;

/// <summary>Inside of the core assembly, each room knows only those before it.</summary>
public sealed partial class RoomTests
{
    private static readonly string[] s_order =
        ["Content", "Files", "Keys", "Locks", "Pruning", "Trust", "Configuration", "RemoteApis", "Stores", "Resources", "Entries", "Volumes", "Sources", "Commands"];

    private static string Core => Path.Combine(Checkout.Root, "core");

    public static TheoryData<string> Rooms => [.. s_order];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_only_those_before_it(string room)
    {
        string[] files = Directory.GetFiles(Path.Combine(Core, room), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);

        string[] known = s_order[..(Array.IndexOf(s_order, room) + 1)];
        Assert.Empty(files.SelectMany(file => RoomsIn(file).Except(known).Select(other => $"{Path.GetFileName(file)} knows {other}")));
    }

    [Fact]
    public void The_order_has_every_room() =>
        Assert.Empty(Directory.GetDirectories(Core).Select(directory => Path.GetFileName(directory)).Except([.. s_order, "bin", "obj", "protos"]));

    // A using directive, or a name that starts with the namespace.
    private static IEnumerable<string> RoomsIn(string file) => Room().Matches(Comment().Replace(File.ReadAllText(file), ""))
        .Select(match => match.Groups[1].Value).Where(name => s_order.Contains(name, StringComparer.Ordinal)).Distinct();

    [GeneratedRegex(@"(?:\bBuildCache\.|(?<![\w.]))(\w+)(?=[.;][A-Z\r\n])")]
    private static partial Regex Room();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();
}
