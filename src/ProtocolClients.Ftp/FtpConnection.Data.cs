using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Agreeing on a data connection: who listens, and where.</content>
internal sealed partial class FtpConnection
{
    // What this server was found to want; the first try of a connection finds out.
    // More than a server is likely to name by chance of a short list.
    private const int PortTries = 16;

    private bool _noExtended;
    private bool _isOlderProven;
    private bool _passiveWorks;
    private bool _deflates;
    private bool _isSpent;
    private IPAddress? _external;

    /// <summary>
    /// True when a transfer's command may go out in one segment with the question for its port: the server was seen to answer the question, and
    /// takes several commands at once.
    /// </summary>
    public bool MayAskTogether => _passiveWorks && Pipelines && Options is { DataMode: FtpDataMode.Passive, RefusedDataPorts.Count: 0 };

    /// <summary>True when the data of the next transfer is compressed.</summary>
    public bool Deflates => _deflates;

    /// <summary>The clock of the data connection: of one transfer after another.</summary>
    public PhaseClock DataClock { get; }

    /// <summary>What TYPE says now; where that is not known, what is to be said.</summary>
    public FtpDataType Type => _type ?? FtpDataType.Binary;

    /// <summary>What OPTS HASH was set to by us; null for what the server began with.</summary>
    public string? SelectedHash { get; set; }

    /// <summary>Whether MLSD and MLST are there; false once one was not, whatever FEAT says.</summary>
    public bool HasFacts { get; set; }

    /// <summary>Brings TYPE and MODE to where a transfer needs them; sends nothing when they are.</summary>
    public async ValueTask PrepareAsync(FtpDataType type, CancellationToken cancellationToken)
    {
        if (_type != type)
        {
            // Whoever waits no more does not know whether it was done.
            _type = null;
            await ExpectAsync(FtpCommand.Type(type), cancellationToken).ConfigureAwait(false);
            _type = type;
        }

        if (Options.Compress && !_deflates && Capabilities.ModeZ)
            _deflates = (await SendAsync(FtpCommand.Mode(deflate: true), cancellationToken).ConfigureAwait(false)).IsPositive;
    }

    /// <summary>Asks the server to listen, and gives where: always at the control connection's peer (CVE-2020-8284, CVE-2021-4189).</summary>
    /// <exception cref="FtpReplyException">The server does not listen.</exception>
    /// <exception cref="WireFormatException">Its answer names no port.</exception>
    /// <exception cref="TransportException">It names none but those that are refused.</exception>
    public async ValueTask<EndPoint> EnterPassiveAsync(CancellationToken cancellationToken)
    {
        for (int refused = 0; ;)
        {
            bool extended = !_noExtended;
            FtpReply reply = await SendAsync(PassiveCommand, cancellationToken).ConfigureAwait(false);
            if (reply.IsPositive)
            {
                EndPoint named = Named(reply, extended);
                int port = named is IPEndPoint address ? address.Port : ((DnsEndPoint)named).Port;
                if (!Options.RefusedDataPorts.Contains(port)) return named;
                if (++refused < PortTries) continue;
                throw new TransportException(TransportError.Connect, $"The server names only ports that are refused, {port} the last of {refused}.") { Endpoint = EndPoint, Delivery = Delivery.NotSent };
            }

            // 4yz is about now; 5yz about the command (RFC 2428 §3), which every server of IPv4 has an older form of.
            if (!extended || reply.IsTransient || State == FtpConnectionState.Dismissed) throw Refused(extended ? "EPSV" : "PASV", reply);
            _noExtended = true;
        }
    }

    /// <summary>Puts the question for a port into the next segment; <see cref="ReadPassiveAsync"/> takes the answer.</summary>
    public ValueTask WritePassiveAsync(CancellationToken cancellationToken) => WriteAsync(PassiveCommand, cancellationToken);

    /// <summary>The answer to <see cref="WritePassiveAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<EndPoint> ReadPassiveAsync(CancellationToken cancellationToken)
    {
        FtpReply reply = await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
        return reply.IsPositive ? Named(reply, !_noExtended) : throw Refused(PassiveCommand.Verb, reply);
    }

    /// <summary>A port of the extended form could not be reached: the older form may lead through where a firewall reads along.</summary>
    /// <returns>False when there is no older form to try.</returns>
    public bool TryOlderForm()
    {
        if (_noExtended || !IsVersion4) return false;
        _noExtended = true;
        return true;
    }

    // What other connections of this client were answered. PASV and PORT have no addresses of IPv6.
    private void TakeOlderForm()
    {
        if (_connector.UsesOlderPorts && IsVersion4) _noExtended = _isOlderProven = true;
    }

    // Only what leads somewhere is worth to be known.
    private void ProveOlderForm()
    {
        if (!_noExtended || _isOlderProven) return;
        _isOlderProven = true;
        _connector.PreferOlderPorts();
    }

    private bool IsVersion4 => _channel.Connection.RemoteEndPoint is not IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6, Address.IsIPv4MappedToIPv6: false };

    /// <summary>Dials a port that the server named.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Connection> DialDataAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            Connection connection = await _connector.Dialer.DialAsync(endPoint, cancellationToken).ConfigureAwait(false);
            _passiveWorks = true;
            ProveOlderForm();
            return connection;
        }
        catch (TransportException failure)
        {
            FtpLog.DataFailed(Logger, endPoint, failure.Message);
            throw;
        }
    }

    /// <summary>Listens for the server and tells it where (EPRT, RFC 2428 §2; else PORT).</summary>
    public async ValueTask<ActivePort> ListenAsync(CancellationToken cancellationToken)
    {
        if (_channel.Connection is not { LocalEndPoint: IPEndPoint local, RemoteEndPoint: IPEndPoint remote, Proxy: null })
            throw new InvalidOperationException("Only a client that the server can reach directly can be connected to: use FtpDataMode.Passive.");
        IPAddress named = Options.ExternalAddress ?? await FindExternalAddressAsync(cancellationToken).ConfigureAwait(false) ?? Plain(local.Address);
        ActivePort port = ActivePort.Open(Plain(local.Address), remote.Address, Options.ActivePorts);
        try
        {
            bool extended = !_noExtended || named.AddressFamily == AddressFamily.InterNetworkV6;
            FtpReply reply = await SendAsync(FtpCommand.ActivePort(PortText(named, port.Port, extended), extended), cancellationToken).ConfigureAwait(false);
            if (!reply.IsPositive && !reply.IsTransient && extended && named.AddressFamily == AddressFamily.InterNetwork)
            {
                _noExtended = true;
                reply = await SendAsync(FtpCommand.ActivePort(PortText(named, port.Port, extended: false), extended: false), cancellationToken).ConfigureAwait(false);
            }

            if (!reply.IsPositive) throw Refused(extended ? "EPRT" : "PORT", reply);
            ProveOlderForm();
            return port;
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    private async ValueTask<IPAddress?> FindExternalAddressAsync(CancellationToken cancellationToken)
    {
        if (_external is not null || Options.FindExternalAddress is not { } find) return _external;
        using PhaseDeadline deadline = PhaseDeadline.Start(Options.TimeProvider, Options.Deadlines, DeadlinePhase.Connect, cancellationToken);
        try
        {
            return _external = await find(deadline.Token).AsTask().WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(EndPoint, cause);
        }
    }

    /// <summary>Lays TLS over a data connection, in the session of this control connection.</summary>
    public ValueTask<Connection> SecureDataAsync(Connection data, CancellationToken cancellationToken) =>
        _connector.SecureAsync(data, _tlsSession, _maximumTls, cancellationToken);

    /// <summary>
    /// The session that data connections resume is used up: a ticket of TLS 1.3 is good for one connection, and the last one brought none.
    /// </summary>
    public void SpendSession()
    {
        _isSpent = true;
        _connector.PreferOlderTls();
    }

    /// <summary>The server refused data for its session: this connection is given up, and others of its time after their use.</summary>
    public void RefuseSession()
    {
        _isSpent = true;
        _connector.RefuseSessions(_tlsGeneration);
        GiveUp(Lost("The server refuses data under this connection's TLS session."));
    }

    /// <summary>A transfer begins, or is over.</summary>
    public void Transfers(bool running) => State = State.Then(running ? FtpConnectionState.Transferring : FtpConnectionState.Ready);

    private FtpCommand PassiveCommand => _noExtended ? FtpCommand.PassivePort : FtpCommand.ExtendedPassive;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // RFC 959 §5.3.2: h1,h2,h3,h4,p1,p2; RFC 2428 §2: |family|address|port|
    private static string PortText(IPAddress address, int port, bool extended) => extended
        ? string.Create(CultureInfo.InvariantCulture, $"|{(address.AddressFamily == AddressFamily.InterNetworkV6 ? 2 : 1)}|{address}|{port}|")
        : string.Create(CultureInfo.InvariantCulture, $"{address.ToString().Replace('.', ',')},{port >> 8},{port & 255}");

    private EndPoint Named(FtpReply reply, bool extended)
    {
        int port;
        if (extended)
        {
            if (!FtpReplyText.TryExtendedPassive(reply.FirstLine, out port)) throw new WireFormatException($"The answer to EPSV names no port: {reply}") { Endpoint = EndPoint };
        }
        else
        {
            if (!FtpReplyText.TryPassive(reply.FirstLine, out uint address, out port)) throw new WireFormatException($"The answer to PASV names no port: {reply}") { Endpoint = EndPoint };
            var named = new IPAddress(IPAddress.HostToNetworkOrder((int)address) & 0xFFFFFFFFL);
            if (_channel.Connection.RemoteEndPoint is IPEndPoint peer && !Plain(peer.Address).Equals(named)) FtpLog.AddressIgnored(Logger, EndPoint, named.ToString());
        }

        return _channel.Connection switch
        {
            // The very peer, though its name may have several addresses.
            { Proxy: null, RemoteEndPoint: IPEndPoint peer } => new IPEndPoint(peer.Address, port),
            _ when _connector.PeerEndPoint is IPEndPoint literal => new IPEndPoint(literal.Address, port),
            _ => new DnsEndPoint(_connector.PeerHost, port),
        };
    }
}
