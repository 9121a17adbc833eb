using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Dialing;

internal sealed class FakeSocket
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Closed => _closed.Task;

    public bool IsClosed => _closed.Task.IsCompleted;

    public void Close() => _closed.SetResult();
}

/// <summary>Connects when the test says so, and remembers when each address was tried.</summary>
internal sealed class FakeNetwork(VirtualTime time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Attempt> _attempts = [];
    private readonly List<string> _started = [];

    public IReadOnlyList<string> Started
    {
        get
        {
            lock (_gate) return [.. _started];
        }
    }

    public async Task<FakeSocket> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        Attempt attempt = Of(((IPEndPoint)endPoint).Address.ToString());
        attempt.At = time.Elapsed;
        attempt.Token = cancellationToken;
        lock (_gate) _started.Add(attempt.Address);
        attempt.Start.SetResult();
        return await attempt.End.Task.WaitAsync(cancellationToken);
    }

    public Task StartedAsync(string address) => Of(address).Start.Task.WaitAsync(TimeSpan.FromMinutes(2));

    public TimeSpan StartOf(string address) => Of(address).At;

    public bool IsCancelled(string address) => Of(address).Token.IsCancellationRequested;

    public FakeSocket Connect(string address)
    {
        var socket = new FakeSocket();
        Of(address).End.SetResult(socket);
        return socket;
    }

    public void Fail(string address, SocketError error) => Of(address).End.SetException(new SocketException((int)error));

    private Attempt Of(string address)
    {
        lock (_gate)
        {
            if (!_attempts.TryGetValue(address, out Attempt? attempt)) _attempts.Add(address, attempt = new Attempt(address));
            return attempt;
        }
    }

    private sealed class Attempt(string address)
    {
        public string Address { get; } = address;

        public TaskCompletionSource Start { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<FakeSocket> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan At { get; set; }

        public CancellationToken Token { get; set; }
    }
}
