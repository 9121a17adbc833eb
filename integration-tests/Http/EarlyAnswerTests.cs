using System.Net;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Http;

/// <summary>nginx refuses a body that is too large while it is being sent.</summary>
public sealed class EarlyAnswerTests(RealServers servers) : IAsyncLifetime
{
    private const long Large = 50L * 1024 * 1024;

    public async ValueTask InitializeAsync() => await servers.RequireAsync("nginx");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("NGINX_HTTP", false, true)]
    [InlineData("NGINX_HTTP", false, false)]
    [InlineData("NGINX_HTTP", true, true)]
    [InlineData("NGINX_HTTP", true, false)]
    [InlineData("NGINX_HTTPS", false, true)]
    [InlineData("NGINX_HTTPS", false, false)]
    [InlineData("NGINX_HTTPS", true, true)]
    public async Task A_413_is_heard_and_the_source_of_the_body_stopped(string server, bool expect, bool known)
    {
        await using var session = new HttpSession(new HttpSessionOptions { Transport = servers.Trusting, Resilience = ResilienceOptions.None });
        long given = 0;
        var call = new HttpCallOptions { ExpectContinue = expect, Version = HttpVersion.Version11 };
        for (int round = 0; round < 3; round++)
        {
            var body = new ReplayableContent(_ => new ValueTask<Stream>(new Zeros(count => Interlocked.Add(ref given, count))), known ? Large : null);
            using HttpReply reply = await session.PutAsync(servers[server] + "/small/x", body, call);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.Status);
            Assert.Contains("413 Request Entity Too Large", await reply.ReadTextAsync(), StringComparison.Ordinal);
        }

        // What sockets hold is taken before a refusal can be heard; with a body whose length is known, all of the refusal is in its head.
        Assert.True(given < 3 * Large, $"{given} bytes were taken from the source");
        if (expect && known) Assert.Equal(0, given);

        using HttpReply next = await session.GetAsync(servers[server] + "/hello.txt", call);
        Assert.Equal("hello, world\n", await next.ReadTextAsync());
    }

    /// <summary>Zeros without an end, counted.</summary>
    private sealed class Zeros(Action<int> read) : Stream
    {
        private long _left = Large;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int taken = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, taken).Clear();
            _left -= taken;
            read(taken);
            return taken;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
