using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class SocketDialerTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_name_is_resolved_and_connected()
    {
        using TcpListener listener = Listen(IPAddress.Loopback);
        var endPoint = new DnsEndPoint("localhost", Port(listener));
        await using Connection connection = await new SocketDialer().DialAsync(endPoint).AsTask().WaitAsync(Safety);
        using Socket peer = await listener.AcceptSocketAsync().WaitAsync(Safety);

        await connection.Stream.WriteAsync("hello"u8.ToArray());
        byte[] buffer = new byte[5];
        await new NetworkStream(peer).ReadExactlyAsync(buffer).AsTask().WaitAsync(Safety);

        Assert.Equal("hello"u8, buffer);
        Assert.Same(endPoint, connection.EndPoint);
        Assert.Equal(peer.LocalEndPoint, connection.RemoteEndPoint);
        Assert.Equal(peer.RemoteEndPoint, connection.LocalEndPoint);
        Assert.True(connection.Socket!.NoDelay);
        Assert.Equal(1, connection.Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        Assert.Equal(60, connection.Socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_literal_is_connected_without_a_resolver(string host)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 || !host.Contains("::1"), "No IPv6 on this machine.");
        using TcpListener listener = Listen(host.Contains("::1") ? IPAddress.IPv6Loopback : IPAddress.Loopback);
        var dialer = new SocketDialer(SocketDialerOptions.Default, NoResolver, connector: null, SourceAddress.Find);
        await using Connection connection = await dialer.DialAsync(new DnsEndPoint(host, Port(listener))).AsTask().WaitAsync(Safety);
        Assert.True(connection.Socket!.Connected);
    }

    [Fact]
    public async Task A_Unix_domain_socket_is_connected_whatever_the_host_when_its_path_is_set()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        try
        {
            var dialer = new SocketDialer(new SocketDialerOptions { UnixSocketPath = path });
            await using Connection named = await dialer.DialAsync(new DnsEndPoint("nowhere.invalid", 80)).AsTask().WaitAsync(Safety);
            await using Connection direct = await new SocketDialer().DialAsync(new UnixDomainSocketEndPoint(path)).AsTask().WaitAsync(Safety);
            Assert.Equal(new DnsEndPoint("nowhere.invalid", 80), named.EndPoint);
            Assert.IsType<UnixDomainSocketEndPoint>(direct.RemoteEndPoint);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_refused_port_is_a_connect_failure_that_names_each_address_and_its_reason()
    {
        // Bound and not listening: nobody else can take the port meanwhile.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        var dialer = Faked(Resolves("127.0.0.1", "127.0.0.2"));
        TransportException failure = await FailureOf(dialer, new DnsEndPoint("host.example", port));

        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.True(failure.IsTransient);
        Assert.Equal(new DnsEndPoint("host.example", port), failure.Endpoint);
        Assert.Equal(["127.0.0.1", "127.0.0.2"], failure.Attempts.Select(a => ((IPEndPoint)a.Address).Address.ToString()));
        Assert.All(failure.Attempts, a => Assert.Equal(SocketError.ConnectionRefused, ((SocketException)a.Failure!).SocketErrorCode));
        Assert.Equal(
            $"Could not connect to host.example:{port}: 127.0.0.1: Connection refused; 127.0.0.2: Connection refused.", failure.Message);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, false)]
    [InlineData(SocketError.TryAgain, true)]
    public async Task An_unresolvable_name_is_a_name_failure(SocketError error, bool transient)
    {
        var dialer = Faked((_, _, _) => Task.FromException<IPAddress[]>(new SocketException((int)error)));
        TransportException failure = await FailureOf(dialer, new DnsEndPoint("host.invalid", 80));

        Assert.Equal(TransportError.NameResolution, failure.Error);
        Assert.Equal(transient, failure.IsTransient);
        Assert.Empty(failure.Attempts);
        Assert.Contains("host.invalid:80", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_resolver_says_that_a_name_does_not_exist()
    {
        TransportException failure = await FailureOf(new SocketDialer(), new DnsEndPoint("a host.invalid", 80));
        Assert.Equal(TransportError.NameResolution, failure.Error);
    }

    [Fact]
    public async Task A_deadline_around_the_dial_keeps_the_addresses_without_an_answer()
    {
        var time = new VirtualTime();
        var direct = new SocketDialer(
            new SocketDialerOptions { TimeProvider = time },
            Resolves("192.0.2.1", "192.0.2.2"),
            async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                throw new InvalidOperationException();
            },
            _ => null);
        // The proxy's clock started first and has the same limit.
        var dialer = new ProxyDialer(direct, ProxyServer.FromUrl(new Uri("socks5h://proxy.example:1080")), new ProxyDialerOptions { TimeProvider = time });
        Task<Connection> dial = dialer.DialAsync(new DnsEndPoint("host.example", 80)).AsTask();
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Safety);
        time.Advance(TimeSpan.FromMilliseconds(250));
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Safety);
        time.Advance(Deadlines.Default.Connect);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => dial.WaitAsync(Safety));

        Assert.Equal(TransportError.Timeout, failure.Error);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], failure.Attempts.Select(a => ((IPEndPoint)a.Address).Address.ToString()));
    }

    [Fact]
    public async Task A_missed_connect_deadline_names_the_phase_and_the_addresses_without_an_answer()
    {
        var time = new VirtualTime();
        var dialer = new SocketDialer(
            new SocketDialerOptions { TimeProvider = time, Deadlines = new Deadlines { Connect = TimeSpan.FromSeconds(1) } },
            Resolves("192.0.2.1", "192.0.2.2"),
            async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                throw new InvalidOperationException();
            },
            _ => null);
        Task<Connection> dial = dialer.DialAsync(new DnsEndPoint("host.example", 80)).AsTask();
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Safety);
        time.Advance(TimeSpan.FromMilliseconds(250));
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(250)).WaitAsync(Safety);
        time.Advance(TimeSpan.FromMilliseconds(750));
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => dial.WaitAsync(Safety));

        Assert.Equal(TransportError.Timeout, failure.Error);
        Assert.Equal(DeadlinePhase.Connect, failure.Phase);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(750)], failure.Attempts.Select(a => a.Elapsed));
    }

    [Fact]
    public async Task A_resolver_that_never_answers_misses_the_connect_deadline()
    {
        var time = new VirtualTime();
        var dialer = new SocketDialer(
            new SocketDialerOptions { TimeProvider = time },
            async (_, _, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return [];
            },
            connector: null,
            _ => null);
        Task<Connection> dial = dialer.DialAsync(new DnsEndPoint("host.example", 80)).AsTask();
        time.Advance(TimeSpan.FromSeconds(30));
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => dial.WaitAsync(Safety));

        Assert.Equal(DeadlinePhase.Connect, failure.Phase);
        Assert.Empty(failure.Attempts);
    }

    [Fact]
    public async Task The_callers_cancellation_comes_back_with_his_own_token()
    {
        using var caller = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var dialer = new SocketDialer(
            SocketDialerOptions.Default,
            Resolves("192.0.2.1"),
            async (_, token) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                throw new InvalidOperationException();
            },
            _ => null);
        Task<Connection> dial = dialer.DialAsync(new DnsEndPoint("host.example", 80), caller.Token).AsTask();
        await started.Task.WaitAsync(Safety);
        await caller.CancelAsync();

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial.WaitAsync(Safety));
        Assert.Equal(caller.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task A_family_that_this_machine_lacks_gives_way_to_the_other_at_once()
    {
        using TcpListener listener = Listen(IPAddress.Loopback);
        var time = new VirtualTime();
        var dialer = new SocketDialer(
            new SocketDialerOptions { TimeProvider = time },
            Resolves("2001:db8::1", "127.0.0.1"),
            async (address, token) =>
            {
                if (address.AddressFamily == AddressFamily.InterNetworkV6)
                {
                    throw new SocketException((int)SocketError.AddressFamilyNotSupported);
                }

                var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(address, token);
                return socket;
            },
            _ => IPAddress.IPv6Loopback);
        await using Connection connection =
            await dialer.DialAsync(new DnsEndPoint("host.example", Port(listener))).AsTask().WaitAsync(Safety);
        Assert.Equal(TimeSpan.Zero, time.Elapsed);
    }

    [Fact]
    public async Task A_first_address_that_never_answers_gives_way_to_the_second()
    {
        using var full = new FullBacklog();
        using TcpListener listener = new(IPAddress.Parse("127.0.0.2"), full.Port);
        listener.Start();
        var dialer = Faked(Resolves("127.0.0.1", "127.0.0.2"));

        // The figure is of a program that has dialed before: compiling is not part of it.
        await using (await Faked(Resolves("127.0.0.2")).DialAsync(new DnsEndPoint("host.example", full.Port)).AsTask().WaitAsync(Safety))
        {
        }

        long start = TimeProvider.System.GetTimestamp();
        await using Connection connection = await dialer.DialAsync(new DnsEndPoint("host.example", full.Port)).AsTask().WaitAsync(Safety);
        output.WriteLine($"Connected through the second address after {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0.0} ms.");

        Assert.Equal(new IPEndPoint(IPAddress.Parse("127.0.0.2"), full.Port), connection.RemoteEndPoint);
    }

    [Fact]
    public async Task A_cancelled_dial_leaves_no_socket_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc/net/tcp.");
        using var full = new FullBacklog();
        int before = full.CountConnecting();
        using var caller = new CancellationTokenSource();
        Task<Connection> dial = new SocketDialer().DialAsync(new IPEndPoint(IPAddress.Loopback, full.Port), caller.Token).AsTask();
        await full.WaitForConnectingAsync(before + 1).WaitAsync(Safety);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial.WaitAsync(Safety));

        await full.WaitForConnectingAsync(before).WaitAsync(Safety);
    }

    [Fact]
    public async Task A_Unix_domain_socket_that_is_not_there_is_a_connect_failure_that_names_its_path()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        TransportException failure = await FailureOf(
            new SocketDialer(new SocketDialerOptions { UnixSocketPath = path }), new DnsEndPoint("host.example", 80));
        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_point_that_no_socket_has_is_misuse()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => new SocketDialer().DialAsync(new OddEndPoint()).AsTask());
    }

    [Fact]
    public async Task An_internationalized_name_is_resolved_in_its_ASCII_form()
    {
        string? resolved = null;
        var dialer = Faked((host, _, _) =>
        {
            resolved = host;
            return Task.FromResult(Array.Empty<IPAddress>());
        });
        await FailureOf(dialer, new DnsEndPoint("B\u00FCcher.example", 80));
        Assert.Equal("xn--bcher-kva.example", resolved);
    }

    private sealed class OddEndPoint : EndPoint;

    private static SocketDialer Faked(HostResolver resolver) =>
        new(SocketDialerOptions.Default, resolver, connector: null, SourceAddress.Find);

    private static HostResolver Resolves(params string[] addresses) => (_, family, _) =>
        Task.FromResult(addresses.Select(IPAddress.Parse).Where(a => a.AddressFamily == family).ToArray());

    private static Task<IPAddress[]> NoResolver(string host, AddressFamily family, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"{host} was resolved.");

    private static async Task<TransportException> FailureOf(SocketDialer dialer, EndPoint endPoint) =>
        await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(endPoint).AsTask().WaitAsync(Safety));

    private static TcpListener Listen(IPAddress address)
    {
        var listener = new TcpListener(address, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
