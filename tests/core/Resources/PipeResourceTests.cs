using System.IO.Pipes;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Resources;

public sealed class PipeResourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_pipe_of_NET_is_identified_by_its_name_and_itself()
    {
        string name = "buildcache-" + Guid.NewGuid().ToString("n");
        ResourceId first, named;
        using (var pipe = new NamedPipeServerStream(name))
        {
            first = PipeResource.Identify(name);
            named = PipeResource.Identify(name, "stable");
            Assert.Equal((ResourceKind.NamedPipe, name), (first.Kind, first.Name));
            Assert.Equal(first, PipeResource.Identify(@"\\.\pipe\" + name));
        }

        Fails.With(ErrorId.ResourceNotFound, () => PipeResource.Identify(name));
        Fails.With(ErrorId.ResourceNotFound, () => PipeResource.Identify(name, "stable"));
        using var again = new NamedPipeServerStream(name);
        Assert.Equal(named, PipeResource.Identify(name, "stable"));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell a pipe from the next one.");
        Assert.NotEqual(first, PipeResource.Identify(name));
    }

    [Fact]
    public void Looking_at_a_pipe_does_not_take_the_place_of_a_client()
    {
        string name = "buildcache-" + Guid.NewGuid().ToString("n");
        using var pipe = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        Task connected = pipe.WaitForConnectionAsync();

        PipeResource.Identify(name);

        Assert.False(connected.IsCompleted);
    }

    [Fact]
    public void A_FIFO_is_identified_like_a_socket()
    {
        string fifo = _folder.PathOf("fifo");
        MakeFifo(fifo);
        ResourceId first = PipeResource.Identify(fifo);

        Assert.Equal(fifo, first.Name);
        Assert.Equal(first, PipeResource.Identify(fifo));
        File.Delete(fifo);
        Fails.With(ErrorId.ResourceNotFound, () => PipeResource.Identify(fifo));
        MakeFifo(fifo);
        Assert.NotEqual(first, PipeResource.Identify(fifo));
        Assert.Equal(PipeResource.Identify(fifo, servedBy: Digest.Empty), PipeResource.Identify(fifo, servedBy: Digest.Empty));
        Assert.NotEqual(PipeResource.Identify(fifo, "x").Digest, SocketDigest("x"));
        Fails.With(ErrorId.ResourceNotFound, () => PipeResource.Identify(_folder.File("file")));
    }

    private static Digest SocketDigest(string name) => ResourceIdentity.ByName(ResourceKind.Socket, name, null);

    private static void MakeFifo(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux is it told what kind of file it is.");
        Assert.Equal(0, Tool.Run("mkfifo", [path])?.ExitCode);
    }

    public void Dispose() => _folder.Dispose();
}
