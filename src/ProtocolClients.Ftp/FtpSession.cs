using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One connection for one task, with the protocol's state: a working directory, which paths without a slash in front are relative to, and commands
/// of one's own. Nothing is tried again by itself, but for a transfer that was refused for its TLS session. When the connection is lost, the
/// operation fails; the next one connects anew and goes to the same directory. Disposing it closes the connection.
/// </summary>
public sealed class FtpSession : FtpAccess
{
    private readonly Func<CancellationToken, ValueTask<Lease<FtpConnection>>> _open;
    private Lease<FtpConnection>? _lease;
    private FtpPath _directory;
    private bool _disposed;

    private FtpSession(FtpConnector connector, Func<CancellationToken, ValueTask<Lease<FtpConnection>>> open)
        : base(connector) => _open = open;

    /// <summary>The working directory, as the server names it.</summary>
    public FtpPath WorkingDirectory => _directory;

    /// <summary>What the server says that it can (FEAT).</summary>
    public FtpCapabilities Capabilities => _lease?.Connection.Capabilities ?? FtpCapabilities.None;

    /// <summary>Goes to a directory (CWD, RFC 959 §4.1.1).</summary>
    /// <param name="path">The directory; <c>..</c> for the one above.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="FtpReplyException">There is none, or it may not be entered.</exception>
    public Task ChangeDirectoryAsync(FtpPath path, CancellationToken cancellationToken = default) =>
        RunAsync(
            FtpOperation.Command,
            static async (connection, state, token) =>
            {
                bool refused = false;
                try
                {
                    FtpReply reply = await connection.SendAsync(FtpCommand.ChangeDirectory(state.path), token).ConfigureAwait(false);
                    refused = !reply.IsPositive;
                    if (refused) throw connection.Refused("CWD", reply);
                    state.session._directory = await connection.WorkingDirectoryAsync(token).ConfigureAwait(false);
                    return true;
                }
                catch when (!refused)
                {
                    // Where this connection stands is not known: the next one goes to where the session stood.
                    connection.GiveUp();
                    throw;
                }
            },
            (session: this, path: Checked(path)),
            cancellationToken).AsTask();

    /// <summary>
    /// Sends a line of one's own and gives what the server says, whatever it is: <c>SITE …</c>, <c>STAT</c>, <c>HELP</c>. Not for commands that move
    /// data or change what the client relies on (RETR, PORT, TYPE, AUTH …), which have verbs of their own.
    /// </summary>
    /// <param name="command">The line, without its end. What follows PASS and ACCT does not appear in logs.</param>
    /// <param name="cancellationToken">Ends the wait; the reply is then dropped when it comes.</param>
    /// <exception cref="ArgumentException">The line has CR, LF or NUL, or is a command with a verb of its own.</exception>
    public async Task<FtpReply> SendAsync(string command, CancellationToken cancellationToken = default)
    {
        FtpCommand line = FtpCommand.Raw(command);
        if (FtpReserved.Contains(line.Verb))
            throw new ArgumentException($"{line.Verb} changes what the client relies on: use the verb for it.", nameof(command));
        return await RunAsync(
            FtpOperation.Command,
            static async (connection, line, token) => await connection.SendAsync(line, token).ConfigureAwait(false),
            line,
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        if (_lease is null) return;
        // Its directory, and whatever SITE did, is no other task's.
        _lease.Break();
        await _lease.DisposeAsync().ConfigureAwait(false);
    }

    internal static async Task<FtpSession> OpenAsync(
        FtpConnector connector, Func<CancellationToken, ValueTask<Lease<FtpConnection>>> open, CancellationToken cancellationToken)
    {
        var session = new FtpSession(connector, open);
        try
        {
            FtpLease lease = await session.LeaseAsync(cancellationToken).ConfigureAwait(false);
            session._directory = await lease.Connection.WorkingDirectoryAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private protected override async ValueTask<FtpLease> LeaseAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_lease is { } kept)
        {
            FtpConnection connection = kept.Connection;
            if (connection.State == FtpConnectionState.Transferring && !connection.IsBroken)
                throw new InvalidOperationException("A transfer of this session runs: end it first, or use the client for several at once.");
            if (!connection.IsSettled && connection.CanSettle) await connection.TrySettleAsync(cancellationToken).ConfigureAwait(false);
            if (connection.IsUsable) return new FtpLease(connection);
            _lease = null;
            kept.Break();
            await kept.DisposeAsync().ConfigureAwait(false);
        }

        Lease<FtpConnection> lease = await _open(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_directory.IsEmpty) await lease.Connection.ExpectAsync(FtpCommand.ChangeDirectory(_directory), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // In another directory the session's paths would be other files.
            lease.Break();
            await lease.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _lease = lease;
        return new FtpLease(lease.Connection);
    }

    private protected override ValueTask<TResult> AttemptAsync<TState, TResult>(
        FtpOperation operation,
        Func<TState, CancellationToken, ValueTask<TResult>> attempt,
        TState state,
        Func<TState, long>? progress,
        CancellationToken cancellationToken) => attempt(state, cancellationToken);
}
