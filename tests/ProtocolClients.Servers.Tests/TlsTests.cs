using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.Servers.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly RecordingLog _log = new();

    private static SslServerAuthenticationOptions ServerTls { get; } = new() { ServerCertificate = Certificate() };

    // The first handshakes of a process may take long on a loaded machine.
    private static ServerOptions Patient { get; } = new() { HandshakeTimeout = TestKit.Safety };

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task STARTTLS_protects_the_live_connection_and_the_stream_stays_the_same()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            Stream same = connection.Stream;
            Assert.Equal("STARTTLS", await connection.ReadLineAsync(ct));
            Assert.False(connection.IsTls);
            await connection.WriteLineAsync("220 go ahead", ct);
            await connection.StartTlsAsync(ServerTls, cancellationToken: ct);
            Assert.True(connection.IsTls);
            Assert.NotNull(connection.Tls);
            await Assert.ThrowsAsync<InvalidOperationException>(() => connection.StartTlsAsync(ServerTls, cancellationToken: ct));
            Assert.Same(same, connection.Stream);
            await TestKit.EchoAsync(connection, ct);
        }, Patient);
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await plain.SendAsync("STARTTLS\r\n");
        Assert.Equal("220 go ahead", await plain.LineAsync());
        await using SslStream client = await HandshakeAsync(plain);
        await client.SendAsync("secret\r\n");
        Assert.Equal("echo secret", await client.LineAsync());
    }

    [Fact]
    public async Task TLS_ends_on_the_live_connection_and_may_begin_again()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => connection.StopTlsAsync(ct));
            await connection.StartTlsAsync(ServerTls, cancellationToken: ct);
            Assert.Equal("CCC", await connection.ReadLineAsync(ct));
            await connection.WriteLineAsync("200 in clear from here", ct);
            await connection.StopTlsAsync(ct);
            Assert.False(connection.IsTls);
            // Until it is told so the client is silent: TLS might have read its words ahead.
            await connection.WriteLineAsync("in clear", ct);
            Assert.Equal("plain", await connection.ReadLineAsync(ct));
            await connection.WriteLineAsync("again", ct);
            await connection.StartTlsAsync(ServerTls, cancellationToken: ct);
            await TestKit.EchoAsync(connection, ct);
        }, Patient);
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        SslStream client = await HandshakeAsync(plain);
        await client.SendAsync("CCC\r\n");
        Assert.Equal("200 in clear from here", await client.LineAsync());
        Assert.Equal("", await client.ToEndAsync());
        await client.ShutdownAsync();
        Assert.Equal("in clear", await plain.LineAsync());
        await plain.SendAsync("plain\r\n");
        Assert.Equal("again", await plain.LineAsync());
        await using SslStream second = await HandshakeAsync(plain);
        await second.SendAsync("secret\r\n");
        Assert.Equal("echo secret", await second.LineAsync());
    }

    [Fact]
    public async Task Plaintext_put_in_before_STARTTLS_is_refused()
    {
        var server = StartTlsServer(EarlyPlaintext.Refuse);
        await using StreamServer _ = server;
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await plain.SendAsync("STARTTLS\r\nINJECTED\r\n");
        Assert.Equal("220 go ahead", await plain.LineAsync());
        Assert.Equal("", await plain.ToEndAsync());
        await TestKit.UntilAsync(() => _log.Entries.Any(static e => e.Id == 1124), "it is logged");
    }

    [Theory]
    [InlineData(EarlyPlaintext.Discard, "echo mine")]
    [InlineData(EarlyPlaintext.Keep, "echo INJECTED")]
    public async Task Plaintext_put_in_before_STARTTLS_is_dropped_or_for_a_faulty_server_kept(EarlyPlaintext early, string firstAnswer)
    {
        var server = StartTlsServer(early);
        await using StreamServer _ = server;
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await plain.SendAsync("STARTTLS\r\nINJECTED\r\n");
        Assert.Equal("220 go ahead", await plain.LineAsync());
        await using SslStream client = await HandshakeAsync(plain);
        await client.SendAsync("mine\r\n");
        Assert.Equal(firstAnswer, await client.LineAsync());
    }

    [Fact]
    public async Task TLS_from_the_first_byte_lies_over_the_wrap()
    {
        int wrapped = 0;
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync, Patient with
        {
            Tls = ServerTls,
            Wrap = (_, stream) =>
            {
                Interlocked.Increment(ref wrapped);
                return new BufferedStream(Assert.IsType<NetworkStream>(stream));
            },
        });
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await using SslStream client = await HandshakeAsync(plain);
        await client.SendAsync("x\r\n");
        Assert.Equal("echo x", await client.LineAsync());
        Assert.Equal(1, wrapped);
    }

    [Fact]
    public async Task A_failed_handshake_is_logged_and_the_next_client_is_served()
    {
        await using var server = TcpServer.Start(
            TestKit.AnyPort, TestKit.EchoAsync, Patient with { Tls = ServerTls, LoggerFactory = _log });
        await using (Stream noTls = await TestKit.DialAsync(server.EndPoint))
        {
            await noTls.SendAsync("GET / HTTP/1.0\r\n\r\n");
            await TestKit.UntilAsync(() => _log.Entries.Any(static e => e.Id == 1125), "it is logged");
        }

        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await using SslStream client = await HandshakeAsync(plain);
        await client.SendAsync("x\r\n");
        Assert.Equal("echo x", await client.LineAsync());
    }

    [Fact]
    public async Task A_handshake_that_never_comes_ends_in_time_and_holds_no_turn()
    {
        var time = new FakeTime();
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync, new ServerOptions
        {
            Tls = ServerTls,
            TimeProvider = time,
            LoggerFactory = _log,
            Concurrency = ServerConcurrency.OneAtATime,
            HandshakeTimeout = TimeSpan.FromSeconds(10),
        });
        await using Stream silent = await TestKit.DialAsync(server.EndPoint);
        await TestKit.UntilAsync(() => time.ArmedTimers == 1, "the handshake waits");
        await using (Stream plain = await TestKit.DialAsync(server.EndPoint))
        {
            await using SslStream client = await HandshakeAsync(plain);
            await client.SendAsync("x\r\n");
            Assert.Equal("echo x", await client.LineAsync());
        }

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("", await silent.ToEndAsync());
        await TestKit.UntilAsync(() => _log.Entries.Any(static e => e.Id == 1123 && e.Message.Contains("Handshake")), "it is logged");
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "all are gone");
    }

    [Fact]
    public async Task The_end_of_a_TLS_connection_is_told_by_close_notify()
    {
        // SslStream takes a bare end of the connection for an end as well: the record that tells it is what counts.
        CountingStream? wire = null;
        long answered = long.MaxValue;
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                await connection.WriteLineAsync("bye", ct);
                answered = wire!.Written;
            },
            Patient with { Tls = ServerTls, Wrap = (_, stream) => wire = new CountingStream((NetworkStream)stream) });
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await using SslStream client = await HandshakeAsync(plain);
        Assert.Equal("bye\r\n", await client.ToEndAsync());
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "it is closed");
        Assert.True(wire!.Written > answered);
    }

    [Fact]
    public async Task A_TLS_connection_can_be_half_closed()
    {
        var got = new TaskCompletionSource<string?>();
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                await connection.CompleteWritesAsync();
                got.SetResult(await connection.ReadLineAsync(ct));
            },
            Patient with { Tls = ServerTls });
        await using Stream plain = await TestKit.DialAsync(server.EndPoint);
        await using SslStream client = await HandshakeAsync(plain);
        Assert.Equal("", await client.ToEndAsync());
        await client.SendAsync("still here\r\n");
        Assert.Equal("still here", await got.Task.WaitAsync(TestKit.Safety));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<SslStream> HandshakeAsync(Stream plain)
    {
        var client = new SslStream(plain);
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, certificate, _, _) =>
                certificate?.GetCertHashString() == ((X509Certificate2)ServerTls.ServerCertificate!).GetCertHashString(),
        }).WaitAsync(TestKit.Safety);
        return client;
    }

    private TcpServer StartTlsServer(EarlyPlaintext early) => TcpServer.Start(
        TestKit.AnyPort,
        async (connection, ct) =>
        {
            await connection.ReadLineAsync(ct);
            await connection.WriteLineAsync("220 go ahead", ct);
            await connection.StartTlsAsync(ServerTls, early, ct);
            await TestKit.EchoAsync(connection, ct);
        },
        Patient with { LoggerFactory = _log });

    private sealed class CountingStream(NetworkStream inner) : NetworkStream(inner.Socket, ownsSocket: true)
    {
        public long Written { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
