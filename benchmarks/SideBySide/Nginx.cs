using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.SideBySide;

/// <summary>A real nginx on a free loopback port, serving one folder by sendfile.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _prefix;

    private Nginx(Process process, string prefix, int port)
    {
        _process = process;
        _prefix = prefix;
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");
    }

    public string Url { get; }

    /// <param name="folder">What it serves.</param>
    /// <param name="more">Further directives of its server.</param>
    public static async Task<Nginx> StartAsync(string folder, string more = "")
    {
        int port = LocalPort.Free();
        string prefix = Directory.CreateTempSubdirectory("side-by-side-nginx-").FullName;
        await File.WriteAllTextAsync(Path.Combine(prefix, "nginx.conf"), $$"""
            daemon off; master_process off; pid {{prefix}}/pid; error_log {{prefix}}/error.log;
            events { worker_connections 1024; }
            http {
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
                client_body_temp_path {{prefix}}/body; proxy_temp_path {{prefix}}/proxy; fastcgi_temp_path {{prefix}}/fcgi;
                uwsgi_temp_path {{prefix}}/uwsgi; scgi_temp_path {{prefix}}/scgi;
                server { listen 127.0.0.1:{{port}}; root {{folder}}; {{more}} }
            }
            """);
        Process process = Process.Start(new ProcessStartInfo("nginx", ["-p", prefix, "-c", prefix + "/nginx.conf"]) { RedirectStandardError = true })!;
        while (!await LocalPort.IsOpenAsync(port))
        {
            if (process.HasExited) throw new InvalidOperationException("nginx did not start: " + await process.StandardError.ReadToEndAsync());
        }

        return new Nginx(process, prefix, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_prefix, recursive: true);
    }
}
