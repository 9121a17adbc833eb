using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ProtocolClients.Testing;

/// <summary>
/// Kestrel without a host, a container or a socket: it speaks HTTP on the connections that it is handed, and calls one
/// delegate for each request.
/// </summary>
internal sealed class KestrelHost : IConnectionListenerFactory, IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();
    private readonly KestrelServer _kestrel;
    private readonly RequestDelegate _handle;

    public KestrelHost(HttpProtocols protocols, RequestDelegate handle)
    {
        _handle = handle;
        var options = new KestrelServerOptions { AddServerHeader = false, ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.UTF8 };
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
        options.Limits.RequestHeadersTimeout = TimeSpan.FromHours(1);
        options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        _kestrel = new KestrelServer(Options.Create(options), this, NullLoggerFactory.Instance);
    }

    public Task StartAsync(CancellationToken cancellationToken) => _kestrel.StartAsync(this, cancellationToken);

    public async Task ServeAsync(MockConnection connection, CancellationToken cancellationToken)
    {
        // Kestrel disposes it.
#pragma warning disable CA2000
        var context = new KestrelConnection(connection);
#pragma warning restore CA2000
        using CancellationTokenRegistration stop = cancellationToken.Register(
            static state => ((KestrelConnection)state!).Abort(new ConnectionAbortedException("The server stops.")), context);
        await _connections.Writer.WriteAsync(context, cancellationToken).ConfigureAwait(false);
        await context.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _connections.Writer.TryComplete();

        // Nothing is left to be waited for: the connections are closed before.
        await _kestrel.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _kestrel.Dispose();
    }

    ValueTask<IConnectionListener> IConnectionListenerFactory.BindAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IConnectionListener>(new Listener(_connections));

    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context) => _handle(context);

    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
    }

    // Kestrel disposes its listener while it stops, so the listener cannot be the host.
    private sealed class Listener(Channel<ConnectionContext> connections) : IConnectionListener
    {
        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 0);

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await connections.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (connections.Reader.TryRead(out ConnectionContext? connection)) return connection;
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            connections.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync(CancellationToken.None);
    }
}
