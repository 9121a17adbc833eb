using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>All that a client's connections have in common: whom they reach, how, and as whom.</summary>
internal sealed class FtpConnector
{
    private const int DefaultPort = 21;

    private volatile bool _pipelines;
    private volatile bool _olderTls;
    private volatile bool _olderPorts;
    private long _begun;
    private long _ended;
    private long _busy;
    private readonly int _port;
    private int _tlsGeneration;
    private int _live;

    public FtpConnector(FtpUrl url, FtpClientOptions options)
    {
        Options = options;
        Logger = options.LoggerFactory.CreateLogger("ProtocolClients.Ftp");
        Host = url.Host;
        _port = url.Port;
        EndPoint = AddressLiteral.TryParse(url.Host, out IPAddress? address) ? new IPEndPoint(address, url.Port) : new DnsEndPoint(url.Host, url.Port);
        PeerEndPoint = options.LoginProxy ?? EndPoint;
        PeerHost = PeerEndPoint switch
        {
            _ when options.LoginProxy is null => Host,
            DnsEndPoint name => name.Host,
            _ => ((IPEndPoint)PeerEndPoint).Address.ToString(),
        };
        Credentials = options.Credentials ?? url.Credentials;
        TlsMode mode = options.Transport.Tls.Mode;
        if (mode == TlsMode.ByScheme)
        {
            // A password goes over no clear text unless the caller says so by name.
            mode = url.IsImplicitTls ? TlsMode.Implicit : IsAnonymous(Credentials) ? TlsMode.StartTlsWhenAvailable : TlsMode.StartTls;
        }

        Tls = options.Transport.Tls with { Mode = mode };
        Key = new PoolKey(EndPoint, options.Transport with { Tls = Tls }, Credentials);
        Dialer = Dialers.Create(options, url.IsImplicitTls ? "ftps" : "ftp");
        _pipelines = options.Pipelining;
    }

    public FtpClientOptions Options { get; }

    public ILogger Logger { get; }

    public string Host { get; }

    public EndPoint EndPoint { get; }

    /// <summary>Whom the connections reach: the server, or a proxy that is told it at the login.</summary>
    public EndPoint PeerEndPoint { get; }

    /// <summary>Its name or address.</summary>
    public string PeerHost { get; }

    /// <summary>What USER says.</summary>
    public string LoginName
    {
        get
        {
            string user = Credentials?.User ?? "anonymous";
            if (Options.LoginProxy is null) return user;
            string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
            // A port that goes without saying is one that not every proxy understands.
            return _port == DefaultPort ? $"{user}@{host}" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{user}@{host}:{_port}");
        }
    }

    /// <summary>Who the client says it is; null for anonymous.</summary>
    public Credentials? Credentials { get; }

    /// <summary>TLS, its mode resolved.</summary>
    public TlsOptions Tls { get; }

    public PoolKey Key { get; }

    public IDialer Dialer { get; }

    public bool Pipelines => _pipelines;

    /// <summary>The server was seen to have no EPSV or EPRT, or one that leads nowhere, and an older form that works.</summary>
    public bool UsesOlderPorts => _olderPorts;

    /// <summary>
    /// What was done over the connections so far: the same number again means that nothing is under way on one of them, and nothing was since.
    /// </summary>
    public long Activity
    {
        get
        {
            long ended = Interlocked.Read(ref _ended);
            long begun = Interlocked.Read(ref _begun);
            return begun == ended ? begun : -Interlocked.Increment(ref _busy);
        }
    }

    /// <summary>Connections that are logged in.</summary>
    public int LiveConnections => Volatile.Read(ref _live);

    /// <summary>Grows when the server refuses the TLS session of a connection: those that were opened before are given up after their use.</summary>
    public int TlsGeneration => Volatile.Read(ref _tlsGeneration);

    /// <summary>The newest TLS that a new connection offers; null for the platform's.</summary>
    public SslProtocols? MaximumTls => _olderTls ? SslProtocols.Tls12 : null;

    private string Scheme => Tls.Mode == TlsMode.Implicit ? "ftps" : "ftp";

    public string TlsHost => Tls.ServerName ?? PeerHost;

    public ValueTask<Connection> DialAsync(CancellationToken cancellationToken) => Dialer.DialAsync(PeerEndPoint, cancellationToken);

    /// <summary>Lays TLS over a connection of this client, under the session of one control connection.</summary>
    public ValueTask<Connection> SecureAsync(Connection connection, TlsSession session, SslProtocols? maximum, CancellationToken cancellationToken) =>
        TlsClient.AuthenticateAsync(connection, Tls, PeerHost, session.Name, maximum, Options.Deadlines, Options.TimeProvider, cancellationToken);

    /// <summary>
    /// The server gives uploads no ticket for the next data connection: with TLS 1.3 each control connection serves up to one upload. From now on
    /// TLS 1.2 is offered at most, whose session serves them all, where the options allow it.
    /// </summary>
    public void PreferOlderTls()
    {
        if (_olderTls || Tls.MinimumVersion > SslProtocols.Tls12) return;
        _olderTls = true;
        FtpLog.OlderTls(Logger, EndPoint);
    }

    /// <summary>The URL of a path, without userinfo; null where there is none, as of a path with <c>..</c>: that is no failure of what was done.</summary>
    public Uri? UrlOf(FtpPath path)
    {
        try
        {
            return FtpUrl.Create(Scheme, Host, _port, path, Options.Encoding);
        }
        catch (Exception none) when (none is ArgumentException or UriFormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// The server refused data for its TLS session. Once for all connections of a generation: next comes one that is opened anew, under the older TLS,
    /// whose sessions last.
    /// </summary>
    public void RefuseSessions(int generation)
    {
        Interlocked.CompareExchange(ref _tlsGeneration, generation + 1, generation);
        FtpLog.SessionRefused(Logger, EndPoint);
        PreferOlderTls();
    }

    /// <summary>Server and path as one word, to know a part again: the URL where there is one.</summary>
    public string SourceOf(FtpPath path) => UrlOf(path)?.AbsoluteUri
        ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{_port}/#{Convert.ToHexStringLower(path.Encode(Options.Encoding))}");

    /// <summary>Somebody does something with a connection: a verb, a read, a write. <see cref="End"/> follows.</summary>
    public void Begin() => Interlocked.Increment(ref _begun);

    /// <summary>It is done.</summary>
    public void End() => Interlocked.Increment(ref _ended);

    /// <summary>The older form of naming a port worked where the extended one did not: the next connections begin with it.</summary>
    public void PreferOlderPorts() => _olderPorts = true;

    /// <summary>A connection was opened, or closed.</summary>
    public void Count(int change) => Interlocked.Add(ref _live, change);

    // RFC 1635: the password of such a login is an address, and no secret.
    private static bool IsAnonymous(Credentials? credentials) =>
        credentials is null || (credentials.TokenSource is null && credentials.User.Equals("anonymous", StringComparison.OrdinalIgnoreCase));

    /// <summary>The server lost commands that went out together: from now on one waits for the other.</summary>
    public void StopPipelining()
    {
        if (!_pipelines) return;
        _pipelines = false;
        FtpLog.NoPipelining(Logger, EndPoint);
    }
}
