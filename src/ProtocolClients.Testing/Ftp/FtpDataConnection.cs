using ProtocolClients.Servers;

namespace ProtocolClients.Testing;

/// <summary>One data connection: a stream with its faults in it, for one transfer.</summary>
internal sealed class FtpDataConnection
{
    private readonly ServerConnection _connection;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FaultPlan _plan;

    public FtpDataConnection(ServerConnection connection, Stream raw, Faults faults)
    {
        _connection = connection;
        _plan = new FaultPlan(faults, connection.Id, protocol: true, wire: false);
        Wire = new MockStream(raw, connection, new FaultPlan(faults, connection.Id, protocol: false, wire: true));
        Stream = new MockStream(connection.Stream, connection, _plan);
    }

    public Stream Wire { get; }

    public Stream Stream { get; }

    /// <summary>Ends when the connection is closed; set as soon as it was accepted.</summary>
    public Task Closed { get; set; } = Task.CompletedTask;

    /// <summary>Arms the faults of the command that it serves.</summary>
    public void Serve(string commandLine) => _plan.Request(commandLine);

    /// <summary>Runs as long as the connection is in use.</summary>
    public Task ServeAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);

    /// <summary>Closes in order: the client gets everything and then the end.</summary>
    public async Task CloseAsync()
    {
        _done.TrySetResult();
        await Closed.ConfigureAwait(false);
        await Stream.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends it with a reset.</summary>
    public async Task ResetAsync()
    {
        _connection.Abort();
        await CloseAsync().ConfigureAwait(false);
    }
}
