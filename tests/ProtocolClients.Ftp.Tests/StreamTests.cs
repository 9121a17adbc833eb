using System.Net;
using System.Text;
using ProtocolClients.FtpTests.Transcripts;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>Streams over transfers, as .NET uses streams: under writers, closed one way or the other, cancelled and read again.</summary>
public sealed class StreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_file_that_is_closed_without_a_wait_is_not_lost_without_a_word()
    {
        // Over sockets: to a server that receives, an end in order is the end of the file.
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { KeepPartialUploads = false });
        await using FtpClient ftp = Client(server);
        // What its DisposeAsync calls on the stream is Close.
        InvalidOperationException lost = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var writer = new StreamWriter(await ftp.OpenWriteAsync("a"));
            await writer.WriteAsync("hello");
        });
        Assert.Contains("await using", lost.Message, StringComparison.Ordinal);
        Assert.Contains("leaveOpen: true", lost.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            using Stream stream = await ftp.OpenWriteAsync("a");
            await stream.WriteAsync("hello"u8.ToArray());
        });
        // The connection is free again, and no file stands there as if it were whole.
        Assert.Equal([], await ftp.ListAsync().Select(static entry => entry.Name).ToListAsync().AsTask().WaitAsync(Patience));
        Assert.False(server.Files.Contains("a"));
    }

    // A fast download is woken for many bytes at a time; when they become few it is woken for the first again.
    [Fact]
    public async Task Few_bytes_come_through_behind_many()
    {
        const int Many = 2_500_000;
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["a"] = new byte[Many + 1000];
        server.DataFaults.StallAfterBytes(Many, TimeSpan.FromMilliseconds(20)).On("RETR").Once();
        server.DataFaults.StallAfterBytes(Many + 100).On("RETR").Once();
        await using FtpClient ftp = Client(server);
        Stream stream = await ftp.OpenReadAsync("a");
        byte[] buffer = new byte[1024 * 1024];
        for (int came = 0; came < Many + 100;) came += await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience);
        server.DataFaults.Clear();
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task A_writer_that_leaves_the_stream_open_writes_a_file()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        await using FtpClient ftp = Client(server);
        await using (Stream stream = await ftp.OpenWriteAsync("a"))
        await using (var writer = new StreamWriter(stream, leaveOpen: true))
        {
            await writer.WriteAsync("hello");
        }

        Assert.Equal("hello", server.Files["a"].ToString());
        // Closed once more, as a second owner does.
        Stream twice = await ftp.OpenWriteAsync("b");
        await twice.DisposeAsync();
        twice.Dispose();
        await twice.DisposeAsync();
        Assert.True(server.Files.Contains("b"));
    }

    [Fact]
    public async Task A_failure_of_a_write_is_hidden_by_no_other()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        await using FtpClient ftp = Client(server);
        await Assert.ThrowsAsync<NotSupportedException>(async () =>
        {
            using var writer = new StreamWriter(await ftp.OpenWriteAsync("a"));
            writer.Write("hello");
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            using Stream stream = await ftp.OpenWriteAsync("b");
            await stream.WriteAsync("hello"u8.ToArray(), new CancellationToken(canceled: true));
        });
        // Asynchronously too: what failed is ended by no 226.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await using Stream stream = await ftp.OpenWriteAsync("c");
            await stream.WriteAsync("hello"u8.ToArray(), new CancellationToken(canceled: true));
        });
        Assert.DoesNotContain(server.Calls.Of("STOR"), static call => call.Code == 226 && call.DataBytes > 0);
        Assert.Equal(3, server.Calls.Of("STOR").Count);
        Assert.NotNull(await ftp.CapabilitiesAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_file_that_is_read_may_be_closed_either_way()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server);
        using (Stream stream = await ftp.OpenReadAsync("a")) Assert.Equal((byte)'h', await OneAsync(stream));
        using (var reader = new StreamReader(await ftp.OpenReadAsync("a"))) Assert.Equal("hello", await reader.ReadToEndAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_wait_for_the_end_that_was_cancelled_is_waited_for_again()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: hello
            D.
            Q
            G
            S: 226 done
            C: DELE a
            S: 250 gone
            """);
        await using (FtpClient ftp = server.Client())
        {
            await using (Stream stream = await ftp.OpenReadAsync("a"))
            {
                byte[] buffer = new byte[100];
                await stream.ReadExactlyAsync(buffer.AsMemory(0, 5));
                for (int i = 0; i < 2; i++)
                {
                    using var cancel = new CancellationTokenSource();
                    Task<int> end = stream.ReadAsync(buffer, cancel.Token).AsTask();
                    if (i == 0) await server.ReachedAsync();
                    await cancel.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end.WaitAsync(Patience));
                }

                server.Go();
                Assert.Equal(0, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience));
            }

            await ftp.DeleteAsync("a").WaitAsync(Patience);
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_file_that_the_server_did_not_send_whole_has_no_end_however_often_it_is_read()
    {
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: hello
            D.
            S: 426 cut
            """);
        await using (FtpClient ftp = server.Client())
        {
            await using Stream stream = await ftp.OpenReadAsync("a");
            byte[] buffer = new byte[100];
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 5));
            for (int i = 0; i < 3; i++)
                Assert.Equal(426, (await Assert.ThrowsAsync<FtpReplyException>(() => stream.ReadAsync(buffer).AsTask().WaitAsync(Patience))).Code);
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task A_cancellation_behind_the_data_loses_none_of_it()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp(ScriptedFtp.LoginBinary + """

            C: EPSV
            S: 229 (|||40001|)
            C: RETR a
            S: 150 go
            D: hello
            C: NOOP
            S: 200 ok
            D: world
            D.
            S: 226 done
            """)
        { Time = time };
        using var cancel = new CancellationTokenSource();
        await using (FtpClient ftp = server.Client(options => options with
        {
            Transport = options.Transport with { Dialer = new HookedDialer(options.Transport.Dialer!, cancel.Cancel) },
            KeepAlive = TimeSpan.FromSeconds(15),
        }))
        {
            await using Stream stream = await ftp.OpenReadAsync("a");
            time.Advance(TimeSpan.FromSeconds(15));
            byte[] buffer = new byte[5];
            // Its caller gives up in the moment when the data is there, before the sign of life that is due.
            Assert.Equal(5, await stream.ReadAsync(buffer, cancel.Token).AsTask().WaitAsync(Patience));
            Assert.True(cancel.IsCancellationRequested);
            Assert.Equal("hello", Encoding.ASCII.GetString(buffer));
            await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
            Assert.Equal("world", Encoding.ASCII.GetString(buffer));
            Assert.Equal(0, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience));
        }

        await server.DoneAsync();
    }

    private static async Task<byte> OneAsync(Stream stream)
    {
        byte[] one = new byte[1];
        await stream.ReadExactlyAsync(one).AsTask().WaitAsync(Patience);
        return one[0];
    }

    private static FtpClient Client(MockFtpServer server) => new(server.Url, new()
    {
        Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } },
        Resilience = ResilienceOptions.None,
        MaxConnections = 1,
    });

    /// <summary>Tells when data was read.</summary>
    private sealed class HookedDialer(IDialer inner, Action wasRead) : IDialer
    {
        public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
        {
            Connection connection = await inner.DialAsync(endPoint, cancellationToken);
            return endPoint is DnsEndPoint { Port: 21 } ? connection : connection.WithStream(new HookedStream(connection.Stream, wasRead));
        }
    }

    private sealed class HookedStream(Stream inner, Action wasRead) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            wasRead();
            return read;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
