using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Resources;

public sealed class SocketResourceTests : IDisposable
{
    private static readonly Digest s_daemon = Digest.Of("daemon"u8);
    private readonly TempFolder _folder = new();

    private string Path => _folder.PathOf("s.sock");

    [Fact]
    public void A_socket_that_nobody_vouches_for_is_the_same_as_long_as_it_is_there()
    {
        using var socket = new BoundSocket(Path);
        ResourceId first = SocketResource.Identify(Path);

        Assert.Equal((ResourceKind.Socket, Path), (first.Kind, first.Name));
        Assert.Equal(first, SocketResource.Identify(Path));
        Assert.Equal(first, SocketResource.Identify(_folder.PathOf("x/../s.sock")));
    }

    [Fact]
    public void A_server_that_starts_anew_is_another_resource_unless_something_vouches_for_it()
    {
        ResourceId[] All()
        {
            using var socket = new BoundSocket(Path);
            return [SocketResource.Identify(Path), SocketResource.Identify(Path, servedBy: s_daemon), SocketResource.Identify(Path, "docker"), SocketResource.Identify(Path, "docker", s_daemon)];
        }

        ResourceId[] before = All(), after = All();

        Assert.NotEqual(before[0], after[0]);
        Assert.Equal(before[1..], after[1..]);
        Assert.Equal(4, before.Distinct().Count());
    }

    [Fact]
    public void With_a_server_the_path_and_the_server_count()
    {
        using var socket = new BoundSocket(Path);
        using var other = new BoundSocket(_folder.PathOf("other.sock"));

        Assert.NotEqual(SocketResource.Identify(Path, servedBy: s_daemon), SocketResource.Identify(Path, servedBy: Digest.Of("daemon 2"u8)));
        Assert.NotEqual(SocketResource.Identify(Path, servedBy: s_daemon).Digest, SocketResource.Identify(other.Path, servedBy: s_daemon).Digest);
    }

    [Fact]
    public void Behind_a_stable_name_the_path_does_not_count_and_what_serves_it_does()
    {
        using var socket = new BoundSocket(Path);
        using var other = new BoundSocket(_folder.PathOf("other.sock"));

        Assert.Equal(SocketResource.Identify(Path, "docker"), SocketResource.Identify(other.Path, "docker"));
        Assert.NotEqual(SocketResource.Identify(Path, "docker"), SocketResource.Identify(Path, "Docker"));
        Assert.Equal(SocketResource.Identify(Path, "docker", s_daemon), SocketResource.Identify(other.Path, "docker", s_daemon));
        Assert.NotEqual(SocketResource.Identify(Path, "docker", s_daemon), SocketResource.Identify(Path, "docker", Digest.Of("daemon 2"u8)));
    }

    [Fact]
    public void Two_sockets_at_unstable_paths_are_two_inputs_of_one_piece_of_work()
    {
        using var one = new BoundSocket(_folder.PathOf("1.sock"));
        using var two = new BoundSocket(_folder.PathOf("2.sock"));

        Fingerprint fingerprint = new FingerprintBuilder(_folder.Root, new FileHasher(null))
            .AddResource(SocketResource.Identify(one.Path)).AddResource(SocketResource.Identify(two.Path)).Build();

        Assert.Equal(2, fingerprint.Inputs.Select(input => input.Digest).Distinct().Count());
    }

    // What made one engine run the command of two clients once, against the socket of one of them.
    [Fact]
    public void Two_clients_with_a_socket_each_at_the_same_path_share_only_what_both_gave_the_same_name()
    {
        _folder.Folder("run");
        string path = _folder.PathOf("run/foo.sock");
        string[][] clients = [.. Enumerable.Range(0, 2).Select(_ => ClientWithItsOwnMounts(path))];

        Assert.NotEqual(clients[0][0], clients[1][0]);
        Assert.Equal(path, ResourceId.Parse(clients[0][0]).Name);
        Assert.Equal(path, ResourceId.Parse(clients[1][0]).Name);
        Assert.Equal(clients[0][1], clients[1][1]);
    }

    [Fact]
    public void What_is_no_socket_is_not_found_whatever_name_it_is_given()
    {
        string file = _folder.File("file");
        foreach (string path in (string[])[_folder.PathOf("none"), file, _folder.Root, _folder.PathOf("file/below"), "/\0"])
        {
            Assert.SkipWhen(!OperatingSystem.IsLinux(), "Only on Linux is it told what kind of file it is.");
            Fails.With(ErrorId.ResourceNotFound, () => SocketResource.Identify(path));
            Fails.With(ErrorId.ResourceNotFound, () => SocketResource.Identify(path, "docker", s_daemon));
        }
    }

    [Fact]
    public void What_serves_it_is_a_digest_or_a_file_by_its_content()
    {
        string file = _folder.File("daemon", "daemon");
        Digest? Read(string? text) => ServedBy.Read(text, path => System.IO.Path.Combine(_folder.Root, path), new FileHasher(null));

        Assert.Equal(s_daemon, Read("daemon"));
        Assert.Equal(s_daemon, Read(file));
        Assert.Equal(s_daemon, Read(s_daemon.ToString()));
        Assert.Null(Read(null));
        Assert.Null(Read(""));
        Fails.With(ErrorId.InputNotFound, () => Read("none"));
    }

    // A path that is equal to the last byte takes a mount namespace for each client.
    private static string[] ClientWithItsOwnMounts(string path)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        (int ExitCode, string Output, string Errors)? client = Tool.Run("unshare",
            ["--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none \"$1\" && exec \"$2\" socket \"$3\"", "sh", folder, Environment.ProcessPath!, path]);
        Assert.SkipUnless(client is { ExitCode: 0 }, $"Mount namespaces cannot be had here: {client?.Errors ?? "there is no unshare"}");
        return client!.Value.Output.Split('\n');
    }

    /// <summary>Listens on a socket and prints its id, without a name and with one: the test program, started with <c>socket</c>.</summary>
    public static int Serve(string path)
    {
        using var socket = new BoundSocket(path);
        Console.WriteLine(SocketResource.Identify(path));
        Console.WriteLine(SocketResource.Identify(path, "foo"));
        return 0;
    }

    public void Dispose() => _folder.Dispose();
}
