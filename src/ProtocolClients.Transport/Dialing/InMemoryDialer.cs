using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>
/// A network in memory: dials go to a delegate instead of sockets. Name resolution, address policy and proxies have no
/// part in it; the end point reaches the delegate as the client named it.
/// </summary>
public sealed class InMemoryDialer : IDialer
{
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _open;

    /// <summary>Makes a dialer over a delegate that opens the client's end.</summary>
    /// <param name="open">
    /// Opens a stream to an end point. It throws <see cref="TransportException"/>, <see cref="IOException"/> or
    /// <see cref="SocketException"/> when there is no such peer; the last two become a <see cref="TransportError.Connect"/>.
    /// </param>
    public InMemoryDialer(Func<EndPoint, CancellationToken, ValueTask<Stream>> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        _open = open;
    }

    /// <summary>Makes a dialer whose every dial gives the server's end of a new pair to a callback, as a listener would.</summary>
    /// <param name="accept">Takes the server's end and the end point that was dialed; starts the work and returns at once.</param>
    /// <param name="capacity">The most bytes under way in each direction.</param>
    public static InMemoryDialer Accepting(Action<DuplexStream, EndPoint> accept, int capacity = 64 * 1024)
    {
        ArgumentNullException.ThrowIfNull(accept);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return new InMemoryDialer((endPoint, _) =>
        {
            (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair(capacity);
            accept(server, endPoint);
            return new ValueTask<Stream>(client);
        });
    }

    /// <inheritdoc/>
    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new Connection(await _open(endPoint, cancellationToken).ConfigureAwait(false), endPoint);
        }
        catch (Exception cause) when (cause is IOException or SocketException)
        {
            throw new TransportException(TransportError.Connect, $"Could not connect to {endPoint} in memory: {cause.Message}", cause)
            {
                Endpoint = endPoint,
                Delivery = Delivery.NotSent,
                Attempts = [new DialAttempt(endPoint, TimeSpan.Zero, cause)],
            };
        }
    }
}
