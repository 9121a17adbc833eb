using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>How the connection ends after an answer that was written beneath HTTP.</summary>
public enum RawEnd
{
    /// <summary>In order (with TLS's goodbye); what the client still sends is read until it closes.</summary>
    Close,

    /// <summary>With a TCP reset.</summary>
    Reset,

    /// <summary>Not at all: silence, until the client closes.</summary>
    Stall,
}

/// <content>Answers that no proper server gives. For HTTP/1.1: in HTTP/2 raw bytes break the connection.</content>
public sealed partial class MockRoute
{
    private const int Flood = 64 * 1024;

    /// <summary>Answers with literal bytes instead of HTTP, and ends the connection.</summary>
    /// <param name="bytes">The bytes; copied.</param>
    /// <param name="end">How the connection ends.</param>
    public MockRoute RespondRaw(ReadOnlySpan<byte> bytes, RawEnd end = RawEnd.Close)
    {
        byte[] copy = bytes.ToArray();
        return RespondRaw((stream, token) => stream.WriteAsync(copy, token).AsTask(), end);
    }

    /// <summary>Answers with what code writes beneath HTTP, and ends the connection.</summary>
    /// <param name="write">Writes to the client; above TLS, below HTTP.</param>
    /// <param name="end">How the connection ends.</param>
    public MockRoute RespondRaw(Func<Stream, CancellationToken, Task> write, RawEnd end = RawEnd.Close)
    {
        ArgumentNullException.ThrowIfNull(write);
        return Set(step => step.Body = (context, _) => TakeOverAsync(context, write, end));
    }

    /// <summary>Announces more content than it sends, then closes: RFC 9112 §8, an incomplete message.</summary>
    /// <param name="content">What is sent; copied.</param>
    /// <param name="announced">The Content-Length.</param>
    public MockRoute RespondTruncated(ReadOnlySpan<byte> content, long announced)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(announced, content.Length);
        byte[] copy = content.ToArray();
        return Set(step => step.Body = async (context, _) =>
        {
            context.Response.ContentLength = announced;
            await context.Response.Body.WriteAsync(copy, context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);

            // A stream of HTTP/2 ends alone, by RST_STREAM; a connection of HTTP/1.1 ends in order, as when a server dies.
            if (context.Request.Protocol is "HTTP/2") context.Abort();
            else await TakeOverAsync(context, static (_, _) => Task.CompletedTask, RawEnd.Close).ConfigureAwait(false);
        });
    }

    /// <summary>Sends a chunk whose size is no number (RFC 9112 §7.1), after one that is right.</summary>
    public MockRoute RespondBadChunk() =>
        RespondRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\nworld\r\n0\r\n\r\n"u8);

    /// <summary>Says something that is not HTTP.</summary>
    public MockRoute RespondGarbage() => RespondRaw("\u0001\u0002 this is not HTTP\r\n\r\n"u8);

    /// <summary>Closes without a word.</summary>
    public MockRoute RespondNothing() => RespondRaw([]);

    /// <summary>Never answers.</summary>
    public MockRoute RespondStall() => RespondRaw([], RawEnd.Stall);

    /// <summary>Sends header fields until the client closes.</summary>
    public MockRoute RespondEndlessHeaders()
    {
        byte[] fields = Repeat("X-Endless: 0123456789abcdef0123456789abcdef\r\n");
        return RespondRaw(async (stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), token).ConfigureAwait(false);
            await FloodAsync(stream, fields, token).ConfigureAwait(false);
        });
    }

    /// <summary>Sends one header field without an end until the client closes.</summary>
    public MockRoute RespondEndlessLine()
    {
        byte[] letters = Repeat("a");
        return RespondRaw(async (stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nX-Endless: "u8.ToArray(), token).ConfigureAwait(false);
            await FloodAsync(stream, letters, token).ConfigureAwait(false);
        });
    }

    /// <summary>Sends interim responses until the client closes, and never a final one (RFC 9110 §15.2).</summary>
    /// <param name="status">100, 102, 103.</param>
    public MockRoute RespondEndlessInterim(int status = StatusCodes.Status100Continue)
    {
        if (status is < 100 or > 199) throw new ArgumentOutOfRangeException(nameof(status), status, "An interim status is 1xx.");
        byte[] replies = Repeat(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Go on\r\n\r\n"));
        return RespondRaw((stream, token) => FloodAsync(stream, replies, token));
    }

    /// <summary>Sends content until the client closes.</summary>
    public MockRoute RespondEndlessBody()
    {
        byte[] letters = Repeat("endless ");
        return Set(step => step.Body = async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(letters, context.RequestAborted).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }
        });
    }

    private static byte[] Repeat(string text) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, Math.Max(1, Flood / text.Length))));

    private static async Task FloodAsync(Stream stream, byte[] bytes, CancellationToken cancellationToken)
    {
        while (true) await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    private static async Task TakeOverAsync(HttpContext context, Func<Stream, CancellationToken, Task> write, RawEnd end)
    {
        KestrelConnection connection = context.Features.Get<KestrelConnection>()
            ?? throw new InvalidOperationException("Raw answers are for connections of the mock server.");
        connection.IsTakenOver = true;
        try
        {
            await write(connection.Mock.Stream, context.RequestAborted).ConfigureAwait(false);
            if (end == RawEnd.Reset) connection.Mock.Reset();
            if (end == RawEnd.Close) await connection.Mock.CompleteSendAsync(context.RequestAborted).ConfigureAwait(false);

            // A socket that is closed over unread bytes sends a reset, and the client may lose what it has not read yet.
            byte[] rest = new byte[4096];
            while (end != RawEnd.Reset && await connection.Mock.Stream.ReadAsync(rest, context.RequestAborted).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has had enough.
        }

        context.Abort();
    }
}
