using System.Net;
using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// The verbs of FTP, the same in <see cref="FtpClient"/> (many tasks, a pool of connections) and in <see cref="FtpSession"/> (one task, one
/// connection with its state). Each operation passes one door: trace, retries, lease. A transfer whose data the server refuses for its TLS
/// session (522, or 425 behind the handshake) is made once more over a fresh connection, under TLS 1.2 where the options allow it.
/// </summary>
/// <remarks>
/// Failures of every verb: <see cref="FtpReplyException"/> (the server said no), <see cref="TransportException"/> (no connection, TLS, time),
/// <see cref="AuthenticationFailedException"/>, <see cref="CapabilityMissingException"/>, <see cref="WireFormatException"/> (the server broke
/// the protocol), <see cref="IntegrityException"/> (another size or hash); <see cref="ArgumentException"/> for paths with CR, LF or NUL, before
/// a byte is sent.
/// </remarks>
public abstract partial class FtpAccess : IAsyncDisposable
{
    private readonly FtpConnector _connector;

    private protected FtpAccess(FtpConnector connector) => _connector = connector;

    /// <summary>The options.</summary>
    public FtpClientOptions Options => _connector.Options;

    private protected FtpConnector Connector => _connector;

    private protected EndPoint EndPoint => _connector.EndPoint;

    private protected TimeProvider Time => _connector.Options.TimeProvider;

    /// <summary>Ends the connections, with a QUIT where nothing is in its way.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>A connection for one operation.</summary>
    private protected abstract ValueTask<FtpLease> LeaseAsync(CancellationToken cancellationToken);

    /// <summary>Runs attempts of an operation under the policy, if there is one.</summary>
    private protected abstract ValueTask<TResult> AttemptAsync<TState, TResult>(
        FtpOperation operation,
        Func<TState, CancellationToken, ValueTask<TResult>> attempt,
        TState state,
        Func<TState, long>? progress,
        CancellationToken cancellationToken);

    /// <summary>The door: an operation whose connection is free again when it is done.</summary>
    private protected ValueTask<TResult> RunAsync<TState, TResult>(
        FtpOperation operation,
        Func<FtpConnection, TState, CancellationToken, ValueTask<TResult>> work,
        TState state,
        CancellationToken cancellationToken,
        Func<TState, long>? progress = null) =>
        TraceAsync(
            operation,
            static async (run, token) =>
            {
                for (bool again = false; ; again = true)
                {
                    FtpLease lease = await run.Access.LeaseAsync(token).ConfigureAwait(false);
                    run.Access._connector.Begin();
                    try
                    {
                        return await run.Work(lease.Connection, run.State, token).ConfigureAwait(false);
                    }
                    catch (Exception failure)
                    {
                        if (!run.Access.MayRunAgain(failure, lease.Connection, run.Operation) || again) throw;
                    }
                    finally
                    {
                        run.Access._connector.End();
                        await lease.ReturnAsync().ConfigureAwait(false);
                    }
                }
            },
            (Access: this, Operation: operation, Work: work, State: state),
            progress is null ? null : run => progress(run.State),
            cancellationToken);

    /// <summary>The door for what keeps its connection when it has begun: a stream, a listing.</summary>
    private protected ValueTask<FtpOpened> OpenAsync(
        FtpOperation operation,
        Func<FtpConnection, CancellationToken, ValueTask<FtpTransfer>> open,
        CancellationToken cancellationToken) =>
        TraceAsync(
            operation,
            static async (run, token) =>
            {
                for (bool again = false; ; again = true)
                {
                    FtpLease lease = await run.Access.LeaseAsync(token).ConfigureAwait(false);
                    FtpTransfer? transfer = null;
                    run.Access._connector.Begin();
                    try
                    {
                        transfer = await run.Open(lease.Connection, token).ConfigureAwait(false);
                        await transfer.ProveAsync(token).ConfigureAwait(false);
                        return new FtpOpened(lease, transfer);
                    }
                    catch (Exception failure)
                    {
                        if (transfer is not null) await transfer.DisposeAsync().ConfigureAwait(false);
                        bool mayRunAgain = run.Access.MayRunAgain(failure, lease.Connection, run.Operation);
                        await lease.ReturnAsync().ConfigureAwait(false);
                        if (!mayRunAgain || again) throw;
                    }
                    finally
                    {
                        run.Access._connector.End();
                    }
                }
            },
            (Access: this, Operation: operation, Open: open),
            null,
            cancellationToken);

    /// <summary>What no command can carry is refused before anything is connected or sent.</summary>
    private protected FtpPath Checked(FtpPath path, bool mayBeEmpty = false, [CallerArgumentExpression(nameof(path))] string? name = null)
    {
        if (path.IsEmpty) return mayBeEmpty ? path : throw new ArgumentException("The path is empty.", name);
        if (path.Encode(Options.Encoding).IndexOfAny("\r\n\0"u8) >= 0) throw new ArgumentException("A path has no CR, LF or NUL.", name);
        return path;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResult> TraceAsync<TState, TResult>(
        FtpOperation operation,
        Func<TState, CancellationToken, ValueTask<TResult>> attempt,
        TState state,
        Func<TState, long>? progress,
        CancellationToken cancellationToken)
    {
        using OperationScope scope = OperationScope.Start(FtpTelemetry.Instance, operation.Name, EndPoint, Time);
        try
        {
            return await AttemptAsync(operation, attempt, state, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            scope.Fail(failure, (failure as FtpReplyException)?.Code.ToString(System.Globalization.CultureInfo.InvariantCulture));
            throw;
        }
    }

    // What a failure says of the server; and whether all is to be done once more, over another connection, however failures are dealt with: a data
    // connection that was refused for its TLS session leaves nothing done. What can be read once must not have been touched.
    private bool MayRunAgain(Exception failure, FtpConnection connection, FtpOperation operation)
    {
        // A server that answers one of several commands and not the next has lost it.
        if (connection.HasPipelined && failure is TransportException { Error: TransportError.Timeout, Phase: DeadlinePhase.Command }) _connector.StopPipelining();
        if (failure is not FtpReplyException { IsSessionRefused: true } refusal) return false;
        connection.RefuseSession();
        return !operation.IsOnce || refusal.Delivery == Delivery.Refused;
    }
}

/// <summary>A transfer that has begun, and the connection that it keeps.</summary>
internal readonly record struct FtpOpened(FtpLease Lease, FtpTransfer Transfer)
{
    public async ValueTask CloseAsync()
    {
        await Transfer.DisposeAsync().ConfigureAwait(false);
        await Lease.ReturnAsync().ConfigureAwait(false);
    }
}
