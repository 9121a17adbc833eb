using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace ProtocolClients.Servers;

public sealed partial class ServerConnection
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    internal bool IsEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>The limit that ended the connection.</summary>
    internal ServerLimit? Limit => Volatile.Read(ref _limitReached) ? _limit : null;

    /// <summary>
    /// Starts TLS on the live connection, as server. The caller has answered the peer's request for it in plain text.
    /// </summary>
    /// <param name="tls">The certificate and the rest.</param>
    /// <param name="early">What to do with plain text that came before the handshake.</param>
    /// <param name="cancellationToken">Ends the handshake, and the connection with it.</param>
    /// <exception cref="InvalidOperationException">The connection is encrypted already.</exception>
    /// <exception cref="InvalidDataException">Plain text came before the handshake; the connection goes no further.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake failed.</exception>
    /// <exception cref="ServerLimitException">The handshake took longer than <see cref="ServerOptions.HandshakeTimeout"/>.</exception>
    public async Task StartTlsAsync(
        SslServerAuthenticationOptions tls, EarlyPlaintext early = EarlyPlaintext.Refuse, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tls);
        if (IsTls) throw new InvalidOperationException("The connection is encrypted already.");
        if (_reader.Buffered > 0 && early == EarlyPlaintext.Refuse)
            throw new InvalidDataException($"The peer sent {_reader.Buffered} bytes of plain text before the TLS handshake.");
        if (early == EarlyPlaintext.Discard) _reader.Discard();

        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var deadline = new CancellationTokenSource(_options.HandshakeTimeout, _options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, Aborted);
            _underTls = _stream;
            var ssl = new SslStream(_stream, leaveInnerStreamOpen: false);
            _stream = ssl;
            try
            {
                await ssl.AuthenticateAsServerAsync(tls, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested && !IsEnded)
            {
                EndByLimit(ServerLimit.Handshake);
            }
            catch (Exception cause) when (IsEnded)
            {
                throw Ended(cause);
            }

            if (IsEnded) throw Ended(null);
            Tls = ssl;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// Ends TLS and goes on in plain text (FTP's CCC, RFC 4217 section 6): says goodbye, waits for the peer's, and drops what came under TLS
    /// before it. A peer that speaks on without waiting loses what TLS had read ahead, unless a layer of
    /// <see cref="ServerOptions.Wrap"/> gives TLS one record at a time.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, and the connection goes no further.</param>
    /// <exception cref="InvalidOperationException">The connection is not encrypted.</exception>
    public async Task StopTlsAsync(CancellationToken cancellationToken = default)
    {
        if (Tls is not { } tls) throw new InvalidOperationException("The connection is not encrypted.");
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        byte[] rented = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
            while (await tls.ReadAsync(rented, cancellationToken).ConfigureAwait(false) > 0)
            {
                // Said under TLS, after its end was agreed.
            }

            _stream = _underTls!;
            Tls = null;
        }
        catch (Exception cause) when (IsEnded)
        {
            throw Ended(cause);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
            _writing.Release();
        }
    }

    /// <summary>
    /// Ends the connection at once, without delivering what is under way: the peer sees a reset. Also what
    /// <see cref="StreamServer.StopAsync"/> does when the grace is over.
    /// </summary>
    public void Abort() => End(reset: true);

    /// <summary>
    /// Ends the connection at once, without a reset: the peer gets what was written and then the end, over TLS without
    /// close_notify. The handler's waits end and its token is cancelled. A system still sends a reset where bytes of the peer
    /// were not read. A handler that wants an orderly end returns instead.
    /// </summary>
    public void Close() => End(reset: false);

    /// <summary>
    /// Ends the direction towards the peer, which reads to the end; the other direction stays open. Over TLS the peer is told
    /// so by close_notify first.
    /// </summary>
    /// <exception cref="NotSupportedException">The stream underneath cannot end one direction alone.</exception>
    public async Task CompleteWritesAsync()
    {
        await _writing.WaitAsync(Aborted).ConfigureAwait(false);
        try
        {
            if (Tls is { } tls) await tls.ShutdownAsync().ConfigureAwait(false);
            await _stream.FlushAsync(Aborted).ConfigureAwait(false);
            Control.CompleteWrites();
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            throw IsEnded ? Ended(cause) : new IOException(cause.Message, cause);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Puts the layers of the options on: the wrap, then TLS.</summary>
    internal async Task OpenAsync()
    {
        if (_options.Wrap is { } wrap) _stream = wrap(this, _bottom);
        if (_options.Tls is { } tls) await StartTlsAsync(tls, EarlyPlaintext.Refuse, Aborted).ConfigureAwait(false);
    }

    /// <summary>Closes in order, so that the peer gets everything that was written, then gives everything back.</summary>
    internal async Task CloseAsync()
    {
        _watch.Dispose();
        Task finish = IsEnded ? Task.CompletedTask : FinishAsync();
        try
        {
            await finish.WaitAsync(CloseTimeout, _options.TimeProvider, Aborted).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            // The peer has gone or does not take the rest: what follows closes anyway.
        }

        Interlocked.Exchange(ref _ended, 1);
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            // A layer that still had something to say.
        }

        await _bottom.DisposeAsync().ConfigureAwait(false);
        await finish.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    internal static bool IsLoss(Exception failure) => failure is IOException or SocketException or ObjectDisposedException
        or InvalidOperationException or OperationCanceledException or TimeoutException;

    private async Task FinishAsync()
    {
        if (Tls is { } tls) await tls.ShutdownAsync().ConfigureAwait(false);
        else await _stream.FlushAsync(Aborted).ConfigureAwait(false);

        // Closing over unread bytes sends a reset, which makes the peer's system throw away our last answer unread. Such a
        // peer gets the end of our direction first, and a moment to read and to close.
        if (Control is not SocketControl { Unread: > 0 } socket) return;
        socket.CompleteWrites();
        byte[] rented = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            for (int left = 1 << 20; left > 0;)
            {
                int count = await _bottom.ReadAsync(rented, Aborted).ConfigureAwait(false);
                if (count == 0) return;
                left -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void EndByLimit(ServerLimit limit)
    {
        if (IsEnded) return;
        _limit = limit;
        Volatile.Write(ref _limitReached, true);
        End(reset: false);
    }

    private void End(bool reset)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;

        // The stream first: a handler that the token wakes must not get to close in order.
        if (reset) Control.Abort();
        else _bottom.Dispose();
        try
        {
            _aborted.Cancel();
        }
        catch (AggregateException failure)
        {
            // A timer's thread may have come here: a handler's registration must not end the process.
            _logger.CancellationFailed(failure, Id);
        }
    }

    private Exception Ended(Exception? cause)
    {
        if (Limit is { } limit) return new ServerLimitException(limit, $"The connection ran into its limit ({limit}).", cause);
        return new OperationCanceledException("The connection was ended by this server.", cause, _aborted.Token);
    }
}
