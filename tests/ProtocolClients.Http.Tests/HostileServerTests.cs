using System.Net;
using System.Text;
using ProtocolClients.Fuzzing;
using ProtocolClients.Transport;

namespace ProtocolClients.HttpTests;

/// <summary>A server that means ill: whatever it sends, the caller sees an answer or a failure of the suite's own, soon and in little memory.</summary>
public sealed class HostileServerTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        Redirects = new RedirectPolicy { Limit = 3 },
    };

    [Theory]
    [InlineData("")]
    [InlineData("\r\n\r\n")]
    [InlineData("HTTP/1.1\r\n\r\n")]
    [InlineData("HTTP/1.1 \r\n\r\n")]
    [InlineData("HTTP/1.1 20\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 -20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1\t200 OK\r\n\r\n")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/9.9 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nNo colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: no name\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA B: c\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA\0B: c\r\n\r\n")]
    [InlineData("ICY 200 OK\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("220 mail ESMTP\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")]
    public async Task Heads_that_are_none_end_in_a_typed_failure(string answer)
    {
        await using var http = new HttpSession(With(answer));
        ProtocolClientException failure = await Assert.ThrowsAnyAsync<ProtocolClientException>(() => http.GetAsync("http://a.test/").WaitAsync(Safety));
        Assert.NotNull(failure.Endpoint);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: x=y\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 \u001b[31mred\r\nA: \u001b]0;title\u0007\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nContent-Length: 2\r\n\r\nok")]
    public async Task No_control_character_of_a_head_reaches_the_caller(string answer)
    {
        await using var http = new HttpSession(With(answer));
        try
        {
            using HttpReply reply = await http.GetAsync("http://a.test/").WaitAsync(Safety);
            string all = reply.Reason + string.Concat(reply.Headers.Select(static field => field.Key + field.Value));
            Assert.DoesNotContain(all, static c => c is '\r' or '\n' or '\0');
        }
        catch (WireFormatException)
        {
        }
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("unheard-of")]
    public async Task A_charset_that_is_unknown_or_refused_is_the_answers_fault(string charset)
    {
        await using var server = new RawServer($"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset={charset}\r\nContent-Length: 5\r\n\r\nhello");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        await Assert.ThrowsAsync<WireFormatException>(() => reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task Fuzz_mutated_answers_are_read_or_fail_as_the_suites_own()
    {
        string[] seeds =
        [
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}",
            "HTTP/1.1 302 Found\r\nLocation: /next?a=b\r\nContent-Length: 0\r\nSet-Cookie: a=b; Path=/\r\n\r\n",
            "HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", Basic realm=\"b\"\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n",
            "HTTP/1.0 503 Busy\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Encoding: gzip, br\r\n\r\nabc",
        ];
        var random = new Random(9112);
        byte[] answer = [];
        // One byte at a time, in other pieces, or at once: the head's parser is the platform's, what follows is ours.
        var dialer = new CannedDialer(() => new CannedStream(answer, random.Next(3) switch { 0 => 1, 1 => random.Next(1, 40), _ => 4_096 }));
        await using var http = new HttpSession(Options with { Credentials = new Credentials("u", "p"), AllowClearTextCredentials = true, Transport = Options.Transport with { Dialer = dialer } });
        int read = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            answer = Mutate(Encoding.Latin1.GetBytes(seeds[random.Next(seeds.Length)]), random);
            try
            {
                using HttpReply reply = await http.SendAsync(random.Next(4) == 0 ? HttpMethod.Post : HttpMethod.Get, "http://a.test/x").WaitAsync(Safety);
                foreach (KeyValuePair<string, string> field in reply.Headers) Assert.DoesNotContain(field.Value, static c => c is '\r' or '\n' or '\0');
                _ = reply.RetryAfter;
                if (!reply.IsSuccess) Assert.ThrowsAny<ProtocolClientException>(() => reply.EnsureSuccess());
                await reply.ReadTextAsync(10_000).WaitAsync(Safety);
                read++;
            }
            catch (ProtocolClientException)
            {
            }
            catch (Exception failure)
            {
                Assert.Fail($"{failure}\n{Convert.ToBase64String(answer)}\n{Encoding.Latin1.GetString(answer)}");
            }
        }

        Assert.InRange(read, Fuzz.Count / 20, Fuzz.Count * 19L / 20);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 Smuggled\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 Smuggled\r\nContent-Length: 4\r\n\r\nevil")]
    public async Task An_answer_nobody_asked_for_is_not_taken_for_the_next(string answers)
    {
        int asked = 0;
        await using var server = new RawServer((_, stream, stop) =>
            RawServer.WriteAsync(stream, Interlocked.Increment(ref asked) == 1 ? answers : "HTTP/1.1 200 Good\r\nContent-Length: 4\r\n\r\ngood", stop));
        await using var http = new HttpSession(Options);
        using (HttpReply first = await http.GetAsync(server.Url).WaitAsync(Safety)) await first.ReadTextAsync().WaitAsync(Safety);
        using HttpReply second = await http.GetAsync(server.Url + "2").WaitAsync(Safety);
        Assert.Equal(("Good", "good"), (second.Reason, await second.ReadTextAsync().WaitAsync(Safety)));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_body_behind_head_or_204_is_not_taken_for_the_next_answer()
    {
        int asked = 0;
        string[] answers =
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 204 None\r\n\r\nHTTP/1.1 200 Smuggled\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 304 Same\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 200 Good\r\nContent-Length: 4\r\n\r\ngood",
        ];
        await using var server = new RawServer((_, stream, stop) => RawServer.WriteAsync(stream, answers[Math.Min(asked++, 3)], stop));
        await using var http = new HttpSession(Options);
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Head, HttpMethod.Get, HttpMethod.Get])
        {
            using HttpReply reply = await http.SendAsync(method, server.Url).WaitAsync(Safety);
            Assert.Empty(await reply.ReadBytesAsync().WaitAsync(Safety));
        }

        using HttpReply last = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal("good", await last.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task A_refusal_before_the_body_is_the_answer_and_the_body_is_not_even_opened()
    {
        bool opened = false;
        await using var server = new RawServer((_, stream, stop) => RawServer.WriteAsync(stream, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", stop));
        await using var http = new HttpSession(Options with { Expect = new() { Threshold = 1_000_000, Wait = Timeout.InfiniteTimeSpan } });
        var endless = new ReplayableContent(_ =>
        {
            opened = true;
            return new(new MemoryStream());
        });
        using HttpReply reply = await http.PutAsync(server.Url, endless).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.Status);
        Assert.False(opened);
    }

    private static HttpSessionOptions With(string answer) =>
        Options with { Transport = Options.Transport with { Dialer = new CannedDialer(() => new CannedStream(Encoding.Latin1.GetBytes(answer), 4_096)) } };

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = new List<byte>(seed);
        for (int changes = random.Next(0, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] = "\r\n:;, \t\0=/\"-0123456789"u8[random.Next(22)]; break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(30), bytes.Count - at))); break;
                case 4: bytes.RemoveRange(at, Math.Min(random.Next(30), bytes.Count - at)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }

    private sealed class CannedDialer(Func<Stream> open) : IDialer
    {
        public ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default) =>
            new(new Connection(open(), endPoint));
    }

    /// <summary>A peer whose answer is known before the question, and then closes.</summary>
    private sealed class CannedStream(byte[] answer, int most) : Stream
    {
        private int _at;
        private bool _asked;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A connection that is read before it is written to would be one that broke while it waited.
            while (!Volatile.Read(ref _asked))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            int count = Math.Min(Math.Min(most, buffer.Length), answer.Length - _at);
            answer.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Volatile.Write(ref _asked, true);
            return default;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
