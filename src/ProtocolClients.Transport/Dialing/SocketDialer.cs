using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>
/// Opens TCP and Unix domain sockets. A name is resolved for both families at once, its addresses are judged by the
/// <see cref="AddressPolicy"/>, sorted (RFC 6724), interleaved by family and raced (Happy Eyeballs v2, RFC 8305). Safe for
/// many tasks; holds nothing.
/// </summary>
public sealed class SocketDialer : IDialer
{
    private readonly SocketDialerOptions _options;
    private readonly HostResolver _resolver;
    private readonly Func<EndPoint, CancellationToken, Task<Socket>> _connector;
    private readonly Func<IPAddress, IPAddress?> _sourceOf;

    /// <summary>Makes a dialer.</summary>
    /// <param name="options">How sockets are dialed; null for the defaults.</param>
    public SocketDialer(SocketDialerOptions? options = null)
        : this(options ?? SocketDialerOptions.Default, Dns.GetHostAddressesAsync, connector: null, SourceAddress.Find)
    {
    }

    internal SocketDialer(
        SocketDialerOptions options,
        HostResolver resolver,
        Func<EndPoint, CancellationToken, Task<Socket>>? connector,
        Func<IPAddress, IPAddress?> sourceOf)
    {
        _options = options;
        _resolver = resolver;
        _connector = connector ?? ConnectAsync;
        _sourceOf = sourceOf;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The end point is of a kind that sockets do not have.</exception>
    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        EndPoint target = _options.UnixSocketPath is { } path ? new UnixDomainSocketEndPoint(path) : endPoint;
        if (target is not (DnsEndPoint or IPEndPoint or UnixDomainSocketEndPoint))
        {
            throw new ArgumentException($"Not an end point of a socket: {target.GetType().Name}.", nameof(endPoint));
        }

        // A single address is dialed without a race, which leaves nothing behind that could still look at the token.
        using PhaseDeadline deadline = PhaseDeadline.Start(
            _options.TimeProvider, _options.Deadlines, DeadlinePhase.Connect, returned: target is IPEndPoint, cancellationToken);
        var dial = new Dial(this, endPoint, target);
        try
        {
            Socket socket = await dial.RunAsync(deadline.Token).ConfigureAwait(false);
            return new Connection(new NetworkStream(socket, ownsSocket: true), endPoint)
            {
                Socket = socket,
                RemoteEndPoint = socket.RemoteEndPoint,
                LocalEndPoint = socket.LocalEndPoint,
            };
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw dial.Missed(deadline.Limit, cause);
        }
        catch (OperationCanceledException cause) when (cancellationToken.IsCancellationRequested)
        {
            // The caller's own token, not one that was linked to it.
            throw new OperationCanceledException(cause.Message, cause, cancellationToken) { Data = { [TransportException.AttemptsKey] = dial.Attempts } };
        }
    }

    private async Task<Socket> ConnectAsync(EndPoint address, CancellationToken cancellationToken)
    {
        bool unix = address is UnixDomainSocketEndPoint;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (!unix)
            {
                socket.NoDelay = true;
                if (_options.KeepAlive is { } silence) KeepAlive(socket, silence);
            }

            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);

            // A port of our own ephemeral range without a listener can be connected to itself (simultaneous open).
            if (!unix && Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void KeepAlive(Socket socket, TimeSpan silence)
    {
        int seconds = (int)Math.Clamp(Math.Ceiling(silence.TotalSeconds), 1, 32_767);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Min(seconds, 15));
    }

    /// <summary>One dial: the addresses that were judged and tried, and the exception that tells of them.</summary>
    private sealed class Dial(SocketDialer dialer, EndPoint asked, EndPoint target)
    {
        private readonly List<DialAttempt> _refused = [];
        private readonly ConnectRace<Socket> _race = new(
            dialer._options.TimeProvider, dialer._options.AttemptDelay, dialer._connector, static socket => socket.Dispose());

        private HostLookup? _lookup;

        public IReadOnlyList<DialAttempt> Attempts => [.. _refused, .. _race.Attempts];

        public async Task<Socket> RunAsync(CancellationToken cancellationToken)
        {
            List<EndPoint> first;
            Task<List<EndPoint>>? more = null;
            switch (target)
            {
                case IPEndPoint literal:
                    first = Judge([literal.Address], literal.Port);
                    break;
                case DnsEndPoint name when AddressLiteral.TryParse(name.Host, out IPAddress? address):
                    first = Judge([address], name.Port);
                    break;
                case DnsEndPoint name:
                    string host = Canonical(name.Host);
                    if (HostMapping.Find(dialer._options.Hosts, host, name.Port) is { } mapping)
                    {
                        first = Order(Judge([.. mapping.Addresses], mapping.ToPort ?? name.Port), AddressFamily.Unspecified);
                        break;
                    }

                    _lookup = new HostLookup(dialer._resolver, dialer._options.TimeProvider);
                    (IPAddress[] found, Task<IPAddress[]>? later) =
                        await _lookup.StartAsync(host, name.AddressFamily, cancellationToken).ConfigureAwait(false);
                    first = Order(Judge(found, name.Port), AddressFamily.Unspecified);
                    more = later is null ? null : LaterAsync(later, name.Port);
                    break;
                default:
                    first = [target];
                    break;
            }

            Socket? winner = await _race.RunAsync(first, more, Order, cancellationToken).ConfigureAwait(false);
            if (_race.HasFailures)
            {
                foreach (DialAttempt attempt in _race.Attempts)
                {
                    if (attempt.Failure is not null) TransportLog.AttemptFailed(dialer._options.Logger, attempt.Address, attempt.Failure.Message);
                }
            }

            return winner ?? throw NoneConnected();
        }

        public TransportException Missed(TimeSpan limit, Exception cause)
        {
            IReadOnlyList<DialAttempt> attempts = Attempts;
            string what = attempts.Count == 0 ? "the name was not resolved" : Tried(attempts);
            return new TransportException(
                TransportError.Timeout, $"{Text(asked)} did not answer within the Connect deadline of {limit.TotalSeconds:0.###} s: {what}.", cause)
            {
                Phase = DeadlinePhase.Connect,
                Endpoint = asked,
                Delivery = Delivery.NotSent,
                Attempts = attempts,
            };
        }

        /// <summary>
        /// What the resolver is given: it reads octal IPv4 as an address and takes a NUL for the end. A percent sign is
        /// the URL's, and was decoded there: once.
        /// </summary>
        private string Canonical(string host)
        {
            string? reason = "The host has a percent sign.";
            return !host.Contains('%', StringComparison.Ordinal) && HostName.TryCanonical(host, out string? canonical, out reason)
                ? canonical
                : throw Failed(TransportError.NameResolution, $"Could not resolve {Text(asked)}. {reason}");
        }

        private async Task<List<EndPoint>> LaterAsync(Task<IPAddress[]> later, int port)
        {
            await ((Task)later).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return later.IsCompletedSuccessfully ? Judge(await later.ConfigureAwait(false), port) : [];
        }

        private List<EndPoint> Judge(IPAddress[] addresses, int port)
        {
            var allowed = new List<EndPoint>(addresses.Length);
            foreach (IPAddress found in addresses)
            {
                IPAddress address = found.IsIPv4MappedToIPv6 ? found.MapToIPv4() : found;
                var candidate = new IPEndPoint(address, port);
                if (dialer._options.AddressPolicy.Allows(address, port))
                {
                    if (!allowed.Contains(candidate)) allowed.Add(candidate);
                    continue;
                }

                TransportLog.AddressRefused(dialer._options.Logger, candidate, Text(asked));
                var failure = new TransportException(TransportError.AddressRefused, $"The address policy forbids {address}.")
                {
                    Endpoint = candidate,
                    Delivery = Delivery.NotSent,
                };
                lock (_refused) _refused.Add(new DialAttempt(candidate, TimeSpan.Zero, failure));
            }

            return allowed;
        }

        private List<EndPoint> Order(List<EndPoint> candidates, AddressFamily last) =>
            candidates.Count < 2 ? candidates : AddressOrder.Interleave(AddressOrder.Sort(candidates, dialer._sourceOf), last);

        private TransportException NoneConnected()
        {
            IReadOnlyList<DialAttempt> attempts = Attempts;
            if (attempts.Count == 0)
            {
                Exception? cause = _lookup?.Failure;
                string reason = cause is SocketException { SocketErrorCode: SocketError.TryAgain }
                    ? "the name server did not answer"
                    : "the name has no address";
                return Failed(TransportError.NameResolution, $"Could not resolve {Text(asked)}: {reason}.", cause);
            }

            return attempts.Count == _refused.Count
                ? Failed(TransportError.AddressRefused, $"The address policy forbids {Text(asked)}: {Tried(attempts)}.", attempts[0].Failure)
                : Failed(TransportError.Connect, $"Could not connect to {Text(asked)}: {Tried(attempts)}.", attempts[^1].Failure);
        }

        private TransportException Failed(TransportError error, string message, Exception? cause = null) => new(error, message, cause)
        {
            Endpoint = asked,
            Delivery = Delivery.NotSent,
            Attempts = Attempts,
        };

        private static string Tried(IReadOnlyList<DialAttempt> attempts) => string.Join("; ", attempts.Select(a =>
            $"{(a.Address is IPEndPoint ip ? ip.Address : a.Address)}: {Reason(a.Failure!)}"));

        private static string Reason(Exception failure) => failure switch
        {
            SocketException { SocketErrorCode: SocketError.TimedOut } => "no answer",
            TransportException { Error: TransportError.AddressRefused } => "refused by the address policy",
            _ => failure.Message.TrimEnd('.'),
        };

        private static string Printable(string host) =>
            host.AsSpan().ContainsAnyInRange('\0', ' ') ? string.Concat(host.Select(c => c <= ' ' ? '?' : c)) : host;

        private static string Text(EndPoint endPoint) => endPoint switch
        {
            DnsEndPoint dns => $"{Printable(dns.Host)}:{dns.Port}",
            _ => endPoint.ToString()!,
        };
    }
}
