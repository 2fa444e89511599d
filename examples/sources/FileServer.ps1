# Dot-sourced. Serves the files of a folder over HTTP to this machine, as any web server does, until it is stopped.

function Start-FileServer([string] $Folder) {
    $probe = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $probe.Start()
    $port = $probe.LocalEndpoint.Port
    $probe.Stop()
    $listener = [Net.HttpListener]::new()
    $listener.Prefixes.Add("http://127.0.0.1:$port/")
    $listener.Start()
    $work = [powershell]::Create().AddScript({
            param($listener, $folder)
            while ($listener.IsListening) {
                try { $context = $listener.GetContext() } catch { return }
                $file = Join-Path $folder ([uri]::UnescapeDataString($context.Request.Url.AbsolutePath))
                try {
                    if ([IO.File]::Exists($file)) {
                        $bytes = [IO.File]::ReadAllBytes($file)
                        $context.Response.ContentLength64 = $bytes.Length
                        if ($context.Request.HttpMethod -ne 'HEAD') { $context.Response.OutputStream.Write($bytes, 0, $bytes.Length) }
                    }
                    else { $context.Response.StatusCode = 404 }
                    $context.Response.Close()
                }
                catch { $context.Response.Abort() }
            }
        }).AddArgument($listener).AddArgument($Folder)
    $null = $work.BeginInvoke()
    [pscustomobject]@{ Address = "http://127.0.0.1:$port/"; Listener = $listener; Work = $work }
}

function Stop-FileServer($Server) {
    $Server.Listener.Close()
    $Server.Work.Dispose()
}
