using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>From the dial to the login: greeting, TLS, who we are, what the server can.</content>
internal sealed partial class FtpConnection
{
    private static readonly Secret AnonymousPassword = new("anonymous@");

    private readonly TlsSession _tlsSession;
    private readonly int _tlsGeneration;
    private Connection? _plain;
    private SslProtocols? _maximumTls;
    private string? _systemType;
    private bool _isSecure;
    private bool _counted;
    private bool _doublesIac = true;
    private FtpDataType? _type = FtpDataType.Ascii;

    /// <summary>True while the control connection is under TLS.</summary>
    public bool IsSecure => _isSecure;

    /// <summary>True when data goes over TLS.</summary>
    public bool ProtectsData { get; private set; }

    /// <summary>Opens a connection and logs in.</summary>
    /// <exception cref="TransportException">No connection, or no TLS. Nothing of any operation was sent.</exception>
    /// <exception cref="AuthenticationFailedException">The credentials were refused.</exception>
    /// <exception cref="CapabilityMissingException">TLS is required, and the server does not offer it; no credential was sent.</exception>
    public static async ValueTask<FtpConnection> OpenAsync(FtpConnector connector, CancellationToken cancellationToken)
    {
        TlsSession session = connector.Tls.Mode == TlsMode.None ? TlsSession.None : TlsSession.Rent(connector.TlsHost);
        Connection? connection = null;
        FtpConnection? opened = null;
        try
        {
            connection = await connector.DialAsync(cancellationToken).ConfigureAwait(false);
            bool secure = connector.Tls.Mode == TlsMode.Implicit;
            Connection plain = connection;
            SslProtocols? maximum = connector.MaximumTls;
            if (secure) connection = await connector.SecureAsync(connection, session, maximum, cancellationToken).ConfigureAwait(false);
            opened = new FtpConnection(connector, Channels.Open(connection, connector.Options), session) { _isSecure = secure, _plain = plain, _maximumTls = maximum };
            await opened.StartAsync(cancellationToken).ConfigureAwait(false);
            return opened;
        }
        catch (Exception failure)
        {
            if (opened is not null) await opened.DisposeAsync().ConfigureAwait(false);
            else if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            session.Dispose();
            // Whatever the operation is, no word of it was said.
            if (failure is TransportException { Delivery: not Delivery.NotSent } lost) throw NotSent(lost);
            throw;
        }
    }

    private static TransportException NotSent(TransportException failure) => new(failure.Error, failure.Message, failure)
    {
        Endpoint = failure.Endpoint,
        Phase = failure.Phase,
        Attempts = failure.Attempts,
        Delivery = Delivery.NotSent,
    };

    private async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await GreetAsync(cancellationToken).ConfigureAwait(false);
        if (_connector.Tls.Mode is TlsMode.StartTls or TlsMode.StartTlsWhenAvailable) await SecureControlAsync(cancellationToken).ConfigureAwait(false);
        if (Options.VirtualHost is { } host) await ExpectAsync(FtpCommand.Host(host), cancellationToken).ConfigureAwait(false);
        await LogInAsync(cancellationToken).ConfigureAwait(false);
        if (_isSecure) await ProtectAsync(cancellationToken).ConfigureAwait(false);
        await LearnAsync(cancellationToken).ConfigureAwait(false);
        State = State.Then(FtpConnectionState.Ready);
        TakeOlderForm();
        _connector.Count(1);
        _counted = true;
        FtpLog.LoggedIn(Logger, EndPoint, _connector.Credentials?.User ?? "anonymous", _isSecure);
        // From here on what is known of a delivery is about the operation.
        if (_channel.CheckIdle() == IdleState.Closed) throw Lost("The server closed the connection after the login.");
    }

    // RFC 959 §5.4: 120 (ready in nnn minutes) and then 220, or 220, or 421.
    private async ValueTask GreetAsync(CancellationToken cancellationToken)
    {
        _owed = 1;
        for (int waits = 0; ; waits++)
        {
            FtpReply reply = await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
            if (reply.IsPositive)
            {
                // Names come to vsftpd as they are sent: it was seen to look for both bytes of a doubled one.
                _doublesIac = !reply.Text.Contains("vsFTPd", StringComparison.OrdinalIgnoreCase);
                break;
            }

            if (!reply.IsPreliminary) throw Refused("greeting", reply);
            if (waits == Options.Limits.IntermediateReplies) throw new WireLimitException(nameof(WireLimits.IntermediateReplies), waits) { Endpoint = EndPoint };
        }

        State = State.Then(FtpConnectionState.Greeted);
    }

    // RFC 4217 §4. What came behind the go-ahead is refused by the channel: whoever sits between could have put it there.
    private async ValueTask SecureControlAsync(CancellationToken cancellationToken)
    {
        FtpReply reply = await SendAsync(FtpCommand.AuthTls, cancellationToken).ConfigureAwait(false);
        if (reply.Code != 234)
        {
            if (State == FtpConnectionState.Dismissed) throw Refused("AUTH", reply);
            if (_connector.Tls.Mode == TlsMode.StartTls)
                throw new CapabilityMissingException("AUTH TLS", $"The server does not offer TLS, which is required: {reply}") { Endpoint = EndPoint };
            return;
        }

        await _channel.UpgradeAsync((connection, token) => _connector.SecureAsync(connection, _tlsSession, _maximumTls, token), cancellationToken).ConfigureAwait(false);
        _isSecure = true;
    }

    // RFC 959 §5.4: USER 230 | 331 PASS 230 | 332 ACCT 230; 202 for what was not needed.
    private async ValueTask LogInAsync(CancellationToken cancellationToken)
    {
        Credentials? credentials = _connector.Credentials;
        FtpCommand command = FtpCommand.User(_connector.LoginName);
        for (int step = 0; ; step++)
        {
            FtpReply reply = await SendAsync(command, cancellationToken).ConfigureAwait(false);
            if (reply.IsPositive) return;
            command = (step, reply.Code) switch
            {
                (0, 331) => FtpCommand.Password(await SecretAsync(credentials, cancellationToken).ConfigureAwait(false)),
                (0 or 1, 332) when Options.Account is { } account => FtpCommand.Account(account),
                _ => throw Denied(command.Verb, reply),
            };
        }
    }

    private Exception Denied(string verb, FtpReply reply)
    {
        FtpReplyException refusal = Refused(verb, reply);
        if (refusal.IsTooMany || (reply.IsTransient && reply.Code != 430)) return refusal;
        string what = reply.Code == 332 ? $"The server asks for an account: {reply}" : $"The server refused the login: {reply}";
        return new AuthenticationFailedException(what, refusal) { Endpoint = EndPoint };
    }

    private static async ValueTask<Secret> SecretAsync(Credentials? credentials, CancellationToken cancellationToken) =>
        credentials is null ? AnonymousPassword
        : credentials.TokenSource is { } source ? await source(cancellationToken).ConfigureAwait(false)
        : credentials.Secret ?? AnonymousPassword;

    // RFC 4217 §9: the buffer of TLS is 0; PROT without PBSZ is refused.
    private async ValueTask ProtectAsync(CancellationToken cancellationToken)
    {
        FtpReply size = await SendAsync(FtpCommand.ProtectionBuffer, cancellationToken).ConfigureAwait(false);
        FtpReply protection = size.IsPositive ? await SendAsync(FtpCommand.Protection(Options.ProtectData), cancellationToken).ConfigureAwait(false) : size;
        // Clear is what a connection begins with (RFC 4217 §9): a server that knows no PROT C sends clear all the same.
        if (Options.ProtectData && !protection.IsPositive)
            throw new CapabilityMissingException("PROT P", $"The server does not protect data: {protection}") { Endpoint = EndPoint };
        ProtectsData = Options.ProtectData;
        if (Options.ClearControlAfterLogin) await ClearControlAsync(cancellationToken).ConfigureAwait(false);
    }

    // RFC 4217 §6.3 and §12.3: after the go-ahead both sides close the TLS layer, and go on over what lies below it.
    private async ValueTask ClearControlAsync(CancellationToken cancellationToken)
    {
        if (_channel.Connection.Stream is not SslStream tls) return;
        FtpReply reply = await SendAsync(FtpCommand.ClearControl, cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive) throw new CapabilityMissingException("CCC", $"The server keeps TLS on the control connection: {reply}") { Endpoint = EndPoint };
        await _channel.UpgradeAsync(
            async (_, token) =>
            {
                using PhaseDeadline deadline = PhaseDeadline.Start(Options.TimeProvider, Options.Deadlines, DeadlinePhase.Tls, token);
                try
                {
                    await tls.ShutdownAsync().WaitAsync(deadline.Token).ConfigureAwait(false);
                    byte[] nothing = new byte[1];
                    if (await tls.ReadAsync(nothing, deadline.Token).ConfigureAwait(false) > 0)
                        throw new WireFormatException("The server went on under TLS after its go-ahead to clear text.") { Endpoint = EndPoint };
                    return _plain!;
                }
                catch (OperationCanceledException cause) when (deadline.IsMissed)
                {
                    throw deadline.Missed(EndPoint, cause);
                }
                catch (Exception reason) when (reason is IOException or SocketException or ObjectDisposedException or AuthenticationException or CryptographicException)
                {
                    throw Lost("The connection was lost at the end of TLS: " + reason.Message, reason);
                }
            },
            cancellationToken).ConfigureAwait(false);
        _isSecure = false;
    }

    // What the server can, asked for after TLS and the login: before them it may have been someone else's word.
    private async ValueTask LearnAsync(CancellationToken cancellationToken)
    {
        FtpReply features = await SendAsync(FtpCommand.Features, cancellationToken).ConfigureAwait(false);
        Capabilities = features.Code == 211 ? FtpCapabilities.Parse(features.Coded) : FtpCapabilities.None;
        HasFacts = Capabilities.Mlst.Count > 0 || Capabilities.Has("MLST");
        // RFC 2640 §4.1. Text for people: what the server lacks costs nothing.
        if (Options.Language is { } language && Capabilities.Has("LANG")) await SendAsync(FtpCommand.Of("LANG", language), cancellationToken).ConfigureAwait(false);
        // RFC 2640 says that UTF8 among the features is enough; some servers (IIS) want to be told.
        if (Capabilities.Utf8 && Options.Encoding.CodePage == 65001) await SendAsync(FtpCommand.Utf8On, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What SYST says; asked once.</summary>
    public async ValueTask<string?> SystemTypeAsync(CancellationToken cancellationToken)
    {
        if (_systemType is { } known) return known;
        FtpReply reply = await SendAsync(FtpCommand.System, cancellationToken).ConfigureAwait(false);
        return _systemType = reply.IsPositive ? reply.Text : string.Empty;
    }
}
