using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.TestServers.Git;

/// <summary>The repositories of a folder over HTTP: git's own <c>git http-backend</c> behind a small CGI host, or the plain files.</summary>
public sealed class GitHttpServer : IAsyncDisposable
{
    private readonly string _root;
    private readonly bool _isSmart;
    private WebApplication _application = null!;
    private readonly ConcurrentQueue<string> _seen = new();
    private int _requests;

    private GitHttpServer(string root, bool isSmart) => (_root, _isSmart) = (root, isSmart);

    /// <summary>The address of the folder, with a slash at its end.</summary>
    public string Url { get; private set; } = "";

    /// <summary>How many requests came so far.</summary>
    public int Requests => _requests;

    /// <summary>What a client must send as its basic credentials, <c>user:password</c>; null when nobody is asked.</summary>
    public string? Credentials { get; set; }

    /// <summary>Where a request for a path is sent on to; null where it is answered.</summary>
    public Func<string, string?> Redirect { get; set; } = _ => null;

    /// <summary>The credentials that came with requests so far.</summary>
    public IReadOnlyCollection<string> SeenCredentials => _seen;

    /// <summary>How long each request waits before it is answered, as if the server were far.</summary>
    public Func<string, TimeSpan> Delay { get; set; } = _ => TimeSpan.Zero;

    /// <summary>Starts one.</summary>
    /// <param name="root">Full path of the folder with the repositories.</param>
    /// <param name="isSmart">Whether git answers; else the files are served as they are, as any web server does.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<GitHttpServer> StartAsync(string root, bool isSmart = true, CancellationToken cancellationToken = default)
    {
        var server = new GitHttpServer(root, isSmart);
        server._application = await LoopbackHost.StartAsync(HttpProtocols.Http1, null, server.AnswerAsync, cancellationToken);
        server.Url = LoopbackHost.AddressOf(server._application).ToString();
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await LoopbackHost.StopAsync(_application);

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (context.Request.Headers.Authorization is [{ } authorization])
        {
            _seen.Enqueue(authorization);
        }

        if (Redirect(context.Request.Path.Value!) is { } elsewhere)
        {
            context.Response.Redirect(elsewhere + context.Request.QueryString.Value);
            return;
        }

        await Task.Delay(Delay(context.Request.Path.Value!), context.RequestAborted);
        if (Credentials is { } wanted && context.Request.Headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(wanted)))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
            return;
        }

        if (_isSmart)
        {
            await RunBackendAsync(context);
            return;
        }

        string file = Path.GetFullPath(_root + context.Request.Path.Value);
        if (file.StartsWith(_root, StringComparison.Ordinal) && File.Exists(file))
        {
            await context.Response.SendFileAsync(file);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task RunBackendAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        var start = new ProcessStartInfo("git", "http-backend") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GIT_PROJECT_ROOT"] = _root;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["PATH_INFO"] = request.Path.Value;
        start.Environment["QUERY_STRING"] = request.QueryString.Value?.TrimStart('?') ?? "";
        start.Environment["REQUEST_METHOD"] = request.Method;
        start.Environment["CONTENT_TYPE"] = request.ContentType ?? "";
        start.Environment["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding;
        start.Environment["GIT_PROTOCOL"] = request.Headers["Git-Protocol"];
        if (request.ContentLength is { } length)
        {
            start.Environment["CONTENT_LENGTH"] = length.ToString(CultureInfo.InvariantCulture);
        }

        using Process backend = Process.Start(start)!;
        // What it complains of, the client is told too.
        backend.ErrorDataReceived += (_, _) => { };
        backend.BeginErrorReadLine();
        Task sending = SendAsync(request.Body, backend);
        Stream output = backend.StandardOutput.BaseStream;
        for (string line; (line = await ReadLineAsync(output)).Length > 0;)
        {
            string[] header = line.Split(": ", 2);
            if (header[0] == "Status")
            {
                context.Response.StatusCode = int.Parse(header[1].Split(' ')[0], CultureInfo.InvariantCulture);
            }
            else
            {
                context.Response.Headers.Append(header[0], header[1]);
            }
        }

        await output.CopyToAsync(context.Response.Body, context.RequestAborted);
        await sending;
    }

    private static async Task SendAsync(Stream body, Process backend)
    {
        try
        {
            await body.CopyToAsync(backend.StandardInput.BaseStream);
            backend.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has answered without reading all of it.
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd('\r');
    }
}
