using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One live control connection. Every command passes <see cref="WriteAsync"/>, every reply <see cref="ReadReplyAsync"/>; nothing is ever
/// sent again here. Whoever stops waiting leaves a reply behind: it is read and dropped before the next command
/// (<see cref="TrySettleAsync"/>), or the connection is closed.
/// </summary>
internal sealed partial class FtpConnection : IPooledConnection
{
    // Longer than a server needs to answer what it has read; shorter than a caller would wait for a new connection.
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(5);

    // IAC IP IAC, the last one urgent, and DM: RFC 854.
    private static readonly byte[] Interrupt = [0xFF, 0xF4, 0xFF];
    private static readonly byte[] DataMark = [0xF2];

    private readonly FtpConnector _connector;
    private readonly WireChannel _channel;
    private readonly IWireParser<CodedReply> _parser;
    private readonly CommandBuilder _command = new(utf8: true);
    private Task<CodedReply>? _abandoned;
    private int _owed;
    private long _lastSent;

    private FtpConnection(FtpConnector connector, WireChannel channel, TlsSession tlsSession)
    {
        _connector = connector;
        _channel = channel;
        _tlsSession = tlsSession;
        _tlsGeneration = connector.TlsGeneration;
        DataClock = new PhaseClock(connector.Options.TimeProvider);
        _parser = CodedReplyParser.Create(CodedReplyStyle.FreeLines, connector.Options.Limits, LineEnding.Lenient);
    }

    public FtpConnector Connector => _connector;

    public FtpClientOptions Options => _connector.Options;

    public ILogger Logger => _connector.Logger;

    public FtpConnectionState State { get; private set; }

    /// <summary>What FEAT said after the login.</summary>
    public FtpCapabilities Capabilities { get; private set; } = FtpCapabilities.None;

    /// <summary>The end point that was asked for.</summary>
    public EndPoint EndPoint => _connector.EndPoint;

    /// <summary>Whether commands may go out together.</summary>
    public bool Pipelines => _connector.Pipelines;

    /// <summary>True when nothing is owed and nothing is broken: what a lease may be given.</summary>
    public bool IsSettled => State == FtpConnectionState.Ready && _owed == 0 && _abandoned is null && !_channel.IsBroken;

    /// <summary>True when only replies are owed: no command or transfer is half done.</summary>
    public bool CanSettle => State == FtpConnectionState.Ready && !_channel.IsBroken && _channel.Unflushed == 0;

    public bool IsUsable => IsSettled && !_isSpent && _tlsGeneration == _connector.TlsGeneration && _channel.CheckIdle() == IdleState.Quiet;

    /// <summary>Whether commands went out together on this connection.</summary>
    public bool HasPipelined { get; private set; }

    public bool IsBroken => _channel.IsBroken || State is FtpConnectionState.Dismissed or FtpConnectionState.Closed;

    public Delivery Delivery => _channel.Delivery;

    /// <summary>Sends a command and reads its reply, whatever it is.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FtpReply> SendAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        await WriteAsync(command, cancellationToken).ConfigureAwait(false);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a command that has to be done: 2yz, or also 3yz.</summary>
    /// <exception cref="FtpReplyException">It was refused.</exception>
    public async ValueTask<FtpReply> ExpectAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        FtpReply reply = await SendAsync(command, cancellationToken).ConfigureAwait(false);
        return reply.IsPositive || reply.IsIntermediate ? reply : throw Refused(command.Verb, reply);
    }

    /// <summary>Puts a command into the next segment. Its reply has to be read by <see cref="ReadReplyAsync"/>, in the order of the commands.</summary>
    public async ValueTask WriteAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _command.Clear();
        command.WriteTo(_command, Options.Encoding, _doublesIac);
        if (_abandoned is not null && !await TrySettleAsync(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Lost("The server did not answer an earlier command.");
        }

        // Not the caller's token: half a line would be met by the next command. The Command deadline bounds the write.
        await _channel.WriteAsync(_command, CancellationToken.None).ConfigureAwait(false);
        HasPipelined |= _owed > 0;
        _owed++;
    }

    /// <summary>Sends what was written.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _lastSent = Options.TimeProvider.GetTimestamp();
        return _channel.FlushAsync(CancellationToken.None);
    }

    /// <summary>Reads the next reply. One that is preliminary (1yz) leaves its command's final one to be read.</summary>
    /// <exception cref="TransportException">The connection was lost, or the Command deadline passed.</exception>
    /// <exception cref="WireFormatException">The server said something that is no reply.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FtpReply> ReadReplyAsync(CancellationToken cancellationToken)
    {
        CodedReply reply;
        if (_abandoned is { } begun)
        {
            // The one that somebody waited for in vain is the next: of a transfer whose end is asked for again.
            _abandoned = null;
            reply = await WaitAsync(begun, cancellationToken).ConfigureAwait(false);
        }
        else if (!_channel.TryRead(_parser, out reply))
        {
            ValueTask<CodedReply> reading = _channel.ReadAsync(_parser, CancellationToken.None);
            reply = reading.IsCompleted || !cancellationToken.CanBeCanceled
                ? await reading.ConfigureAwait(false)
                : await WaitAsync(reading.AsTask(), cancellationToken).ConfigureAwait(false);
        }

        return Took(reply);
    }

    /// <summary>
    /// Waits until the next reply begins, or the Command deadline passes, counted from now: what was sent meanwhile (NOOP) began one of its own.
    /// </summary>
    public async ValueTask WaitForReplyAsync(CancellationToken cancellationToken)
    {
        if (_abandoned is null && !_channel.IsBroken) await _channel.WaitForDataAsync(Options.Deadlines.Command, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Something was left half done, and the server waits for what will not come: the connection is of no more use.</summary>
    public void GiveUp() => GiveUp(Lost("An operation was left half done."));

    /// <summary>As the other one, with the reason.</summary>
    public TException GiveUp<TException>(TException reason)
        where TException : Exception => _channel.Break(reason);

    /// <summary>Reads and drops the replies that nobody waits for any more.</summary>
    /// <param name="cancellationToken">Ends the wait, and the use of the connection.</param>
    /// <returns>False when they did not come, or were too long: the connection is of no more use.</returns>
    public async ValueTask<bool> TrySettleAsync(CancellationToken cancellationToken = default)
    {
        using var time = new CancellationTokenSource(SettleLimit, Options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        long dropped = 0;
        try
        {
            while (_abandoned is not null || _owed > 0)
            {
                CodedReply reply;
                if (_abandoned is { } reading)
                {
                    reply = await reading.WaitAsync(limit.Token).ConfigureAwait(false);
                    _abandoned = null;
                }
                else
                {
                    reply = await _channel.ReadAsync(_parser, limit.Token).ConfigureAwait(false);
                }

                dropped += reply.Raw.Length;
                Took(reply);
                if (dropped > Options.Limits.Drain) GiveUp();
                if (IsBroken) return false;
            }

            return !_channel.IsBroken;
        }
        catch (Exception failure) when (failure is ProtocolClientException or OperationCanceledException)
        {
            GiveUp();
            return false;
        }
    }

    /// <summary>
    /// Asks the server to end the transfer that runs: Telnet's Interrupt Process and Synch, then ABOR (RFC 959 §4.1.3 and §5.4). The replies stay
    /// owed: one for the transfer, one for ABOR.
    /// </summary>
    public async ValueTask InterruptAsync()
    {
        // The urgent byte is taken out of the stream where a server looks for it (RFC 1123 §4.1.2.10); under TLS there is none.
        if (!_isSecure && _channel.Connection.Socket is { } socket)
        {
            try
            {
                socket.Send(Interrupt, SocketFlags.OutOfBand);
                socket.Send(DataMark);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                throw Lost("The connection was lost: " + failure.Message, failure);
            }
        }

        _command.Clear();
        FtpCommand.Abort.WriteTo(_command, Options.Encoding, _doublesIac);
        await _channel.SendAsync(_command, CancellationToken.None).ConfigureAwait(false);
        _owed++;
    }

    /// <summary>Says goodbye when nothing is in the way, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (State == FtpConnectionState.Closed) return;
        bool polite = IsSettled;
        if (_counted) _connector.Count(-1);
        State = State.Then(FtpConnectionState.Closed);
        if (polite)
        {
            try
            {
                // Its answer is worth no wait: the server reads the line before it reads our end.
                _command.Clear();
                FtpCommand.Quit.WriteTo(_command, Options.Encoding, _doublesIac);
                await _channel.SendAsync(_command, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ProtocolClientException)
            {
                // It is closed either way.
            }
        }

        await _channel.DisposeAsync().ConfigureAwait(false);
        DataClock.Dispose();
        _command.Dispose();
        _tlsSession.Dispose();
    }

    internal FtpReplyException Refused(string verb, FtpReply reply, bool begun = false) => new(verb, reply, begun) { Endpoint = EndPoint };

    internal TransportException Lost(string message, Exception? cause = null) => new(TransportError.ConnectionLost, message, cause)
    {
        Endpoint = EndPoint,
        Delivery = Delivery.MaybeSent,
    };

    private async Task<CodedReply> WaitAsync(Task<CodedReply> reading, CancellationToken cancellationToken)
    {
        try
        {
            return await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Also when it came in this very moment: nobody has seen it.
            _abandoned = reading;
            throw;
        }
    }

    private FtpReply Took(CodedReply reply)
    {
        if (!reply.IsPreliminary) _owed--;
        if (reply.Code == 421) State = State.Then(FtpConnectionState.Dismissed);
        return new FtpReply(reply);
    }
}
