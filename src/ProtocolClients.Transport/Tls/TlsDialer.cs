using System.Net;

namespace ProtocolClients.Transport;

/// <summary>Lays TLS over every connection of another dialer: TLS from the first byte (<see cref="TlsMode.Implicit"/>).</summary>
public sealed class TlsDialer : IDialer
{
    private readonly IDialer _inner;
    private readonly TlsOptions _options;
    private readonly Deadlines _deadlines;
    private readonly TimeProvider _time;

    /// <summary>Makes a dialer over another.</summary>
    /// <param name="inner">Opens the connections.</param>
    /// <param name="options">How TLS is done; null for the defaults. Its <see cref="TlsOptions.Mode"/> is not asked.</param>
    /// <param name="deadlines">Their <see cref="Deadlines.Tls"/> bounds the handshake; null for the defaults.</param>
    /// <param name="time">The source of time; null for the system's.</param>
    public TlsDialer(IDialer inner, TlsOptions? options = null, Deadlines? deadlines = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _options = options ?? TlsOptions.Default;
        _deadlines = deadlines ?? Deadlines.Default;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The end point has no host to verify (a Unix domain socket) and <see cref="TlsOptions.ServerName"/> is not set.
    /// </exception>
    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        string host = _options.ServerName ?? endPoint switch
        {
            DnsEndPoint dns => dns.Host,
            IPEndPoint ip => ip.Address.ToString(),
            _ => throw new ArgumentException($"TLS to {endPoint} needs TlsOptions.ServerName: there is no host to verify.", nameof(endPoint)),
        };
        Connection connection = await _inner.DialAsync(endPoint, cancellationToken).ConfigureAwait(false);
        return await TlsClient.AuthenticateAsync(connection, _options, host, _deadlines, _time, cancellationToken).ConfigureAwait(false);
    }
}
