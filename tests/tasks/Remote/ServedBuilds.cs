using BuildCache.TestServers;

namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>A small solution in two checkouts, as on two machines that share a store. The first has filled it.</summary>
/// <typeparam name="TStore">The kind of store.</typeparam>
public sealed class ServedBuilds<TStore> : IAsyncLifetime
    where TStore : ServedStore, new()
{
    private const string App = "App/App.csproj";
    private const string Low = "Low/Low.csproj";

    private TestSolution? _first;
    private TestSolution? _second;
    private BuildResult? _control;
    private SortedDictionary<string, string> _controlOutputs = [];
    private BuildResult? _filling;
    private int _homes;

    public TStore Store { get; } = new();

    /// <summary>The build that filled the store, in the first checkout.</summary>
    internal BuildResult Filling => _filling!;

    /// <summary>The second checkout, in which all is built from here on.</summary>
    internal TestSolution Checkout => _second!;

    public async ValueTask InitializeAsync()
    {
        if (Store.Unavailable is not null)
        {
            return;
        }

        await Store.StartAsync();
        _first = SolutionTests.Chain()
            .Write("Directory.Build.props", """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap></PropertyGroup></Project>""");
        // What this says to ignore makes the key of one library another one, and no other output.
        _first.Replace("Low/Low.csproj", "</PropertyGroup>", "<NoWarn>$(NoWarn);$(Ignored)</NoWarn></PropertyGroup>");
        _second = _first.Copy("second");
        _first.Restore(App);
        _second.Restore(App);
        _control = _second.BuildWithoutCache(App).Succeeded();
        _controlOutputs = _second.Outputs();
        Use(_first, proxy: null, near: null);
        _filling = _first.Build(App).Succeeded();
    }

    /// <summary>Builds in the second checkout, from a clean tree and with nothing remembered, and requires the result of a build without the cache.</summary>
    /// <param name="proxy">What stands before the server.</param>
    /// <param name="near">A folder that is asked first.</param>
    /// <param name="arguments">More arguments.</param>
    internal BuildResult Build(FaultProxy? proxy = null, string? near = null, params string[] arguments)
    {
        Checkout.Wipe();
        Use(Checkout, proxy, near);
        BuildResult build = Checkout.Build(App, arguments);
        Equivalence.Same(_control!, _controlOutputs, build with { Diagnostics = [.. build.Diagnostics.Where(line => !IsOfStore(line))] }, Checkout.Outputs());
        // MSBuild repeats them all at the end.
        Assert.True(build.Output.Split('\n').TakeWhile(line => line.Trim() != "Build succeeded.").Count(IsOfStore) <= 1, build.Output);
        return build;
    }

    /// <summary>Builds one library, with all that lets the store be used, and leaves the judgement to others.</summary>
    /// <param name="proxy">What stands before the server.</param>
    /// <param name="cached">Whether the cache is used.</param>
    /// <param name="arguments">More arguments.</param>
    internal BuildResult BuildLibrary(FaultProxy proxy, bool cached, params string[] arguments)
    {
        Checkout.Wipe();
        Use(Checkout, proxy, near: null);
        return Checkout.Command("build", Low, cached, arguments).Succeeded();
    }

    internal Task<FaultProxy> StartProxyAsync() => Store.IsGrpc ? FaultProxy.StartForGrpcAsync(Store.Address) : FaultProxy.StartAsync(Store.Address);

    public async ValueTask DisposeAsync()
    {
        _first?.Dispose();
        await Store.DisposeAsync();
    }

    private static bool IsOfStore(string line) => line.Contains("warning BC2", StringComparison.Ordinal);

    private void Use(TestSolution checkout, FaultProxy? proxy, string? near)
    {
        Uri address = proxy?.Address ?? Store.Address;
        checkout.Environment.Clear();
        foreach ((string name, string value) in Store.VariablesAt(address))
        {
            checkout.Environment[name] = value;
        }

        checkout.Environment["BUILDCACHE_STORE"] = (near is null ? "" : near + ";") + Store.SettingAt(address);
        // A machine that knows nothing yet: neither hashes of files nor where blobs lie.
        checkout.Environment["BUILDCACHE_HOME"] = Path.Combine(checkout.Home, $"machine-{++_homes}");
    }
}
