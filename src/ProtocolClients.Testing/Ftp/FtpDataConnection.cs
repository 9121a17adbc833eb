using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using ProtocolClients.Servers;

namespace ProtocolClients.Testing;

/// <summary>One data connection: a stream with its faults in it, for one transfer.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The server closes connections, and with them their layers.")]
internal sealed class FtpDataConnection
{
    private readonly ServerConnection _connection;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FaultPlan _plan;
    private readonly LatencyStream? _line;
    private readonly TlsRecordStream _records;
    private readonly Func<SslServerAuthenticationOptions> _tls;

    public FtpDataConnection(ServerConnection connection, Stream raw, LatencyStream? line, Faults faults, Func<SslServerAuthenticationOptions> tls)
    {
        _line = line;
        _tls = tls;
        _connection = connection;
        _plan = new FaultPlan(faults, connection.Id, protocol: true, wire: false);
        var wire = new MockStream((Stream?)line ?? raw, connection, new FaultPlan(faults, connection.Id, protocol: false, wire: true));
        _records = new TlsRecordStream(wire, exact: false);
        Stream = new MockStream(connection.Stream, connection, _plan);
    }

    public Stream Wire => _records;

    public Stream Stream { get; }

    /// <summary>Ends when the connection is closed; set as soon as it was accepted.</summary>
    public Task Closed { get; set; } = Task.CompletedTask;

    /// <summary>Whether TLS took up an earlier session.</summary>
    public bool IsTlsResumed => _connection.IsTls && _records.IsResumed;

    /// <summary>Whether the client said goodbye under TLS.</summary>
    public bool EndedInOrder => _records.EndedInOrder;

    /// <summary>Ends when the handshake of the connection would have.</summary>
    public Task WaitForOpenAsync(CancellationToken cancellationToken) => _line?.WaitForOpenAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Arms the faults of the command that it serves.</summary>
    public void Serve(string commandLine) => _plan.Request(commandLine);

    /// <summary>Starts TLS as server.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The client refuses.</exception>
    public async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        _records.Begin();
        await _connection.StartTlsAsync(_tls(), EarlyPlaintext.Refuse, cancellationToken).ConfigureAwait(false);
        _records.Establish();
    }

    /// <summary>Runs as long as the connection is in use.</summary>
    public Task ServeAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);

    /// <summary>Closes in order: the client gets everything and then the end. Over a long line that goes on behind this.</summary>
    public async Task CloseAsync()
    {
        if (_line is null) await FinishAsync().ConfigureAwait(false);
        else _ = ArriveAsync(_line);
    }

    /// <summary>Ends it with a reset.</summary>
    public async Task ResetAsync()
    {
        _connection.Abort();
        await FinishAsync().ConfigureAwait(false);
    }

    private async Task FinishAsync()
    {
        _done.TrySetResult();
        await Closed.ConfigureAwait(false);
        await Stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ArriveAsync(LatencyStream line)
    {
        try
        {
            if (_connection.Tls is { } tls) await tls.ShutdownAsync().ConfigureAwait(false);
            await line.SettleAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // Lost on the way.
        }

        await FinishAsync().ConfigureAwait(false);
    }
}
