using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using ProtocolClients.HttpTests;

namespace ProtocolClients.UrlTests;

/// <summary>One request that an <see cref="Origin"/> saw.</summary>
internal sealed record Asked(int Number, string Head)
{
    /// <summary>The first byte asked for; null when all was.</summary>
    public long? From => Part(0);

    /// <summary>The last byte asked for; null for the end.</summary>
    public long? To => Part(1);

    public string? IfRange => Field("If-Range: ");

    private string? Field(string name)
    {
        int at = Head.IndexOf("\r\n" + name, StringComparison.Ordinal);
        return at < 0 ? null : Head[(at + 2 + name.Length)..Head.IndexOf('\r', at + 2)];
    }

    private long? Part(int index) =>
        Field("Range: bytes=")?.Split('-')[index] is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>A server of one content with ranges and conditions, whose every habit a test can change.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private readonly RawServer _server;
    private long _sent;

    public Origin(byte[] body)
    {
        Body = body;
        _server = new RawServer(AnswerAsync);
    }

    public byte[] Body { get; set; }

    /// <summary>The ETag field's value; null for none.</summary>
    public string? Tag { get; set; } = "\"v1\"";

    /// <summary>Whether a condition that fails gives the whole.</summary>
    public bool KnowsIfRange { get; set; } = true;

    public bool KnowsRange { get; set; } = true;

    /// <summary>After how many bytes of an answer's body the connection is closed; null for never. By the number of the request, from 1.</summary>
    public Func<Asked, int?> Cut { get; set; } = static _ => null;

    /// <summary>Whether a connection that is cut ends by a reset of TCP, which takes with it what the client has not read yet.</summary>
    public bool Resets { get; set; }

    /// <summary>Runs before a connection is cut.</summary>
    public Func<CancellationToken, Task> BeforeCut { get; set; } = static _ => Task.CompletedTask;

    /// <summary>A whole answer of the test's own, head and all; null for the usual one.</summary>
    public Func<Asked, string?> Instead { get; set; } = static _ => null;

    /// <summary>Runs before a request is answered.</summary>
    public Func<Asked, CancellationToken, Task> Before { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Bytes a second of all answers together; null for as fast as it goes.</summary>
    public RateLimit? Rate { get; set; }

    /// <summary>Told of bytes that were written.</summary>
    public Action<int>? Wrote { get; set; }

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Bytes of bodies that were written.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public int Connections => _server.Connections;

    public string Url => _server.Url + "big.iso";

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(string head, NetworkStream stream, CancellationToken stop)
    {
        var asked = new Asked(Requests.Count + 1, head);
        lock (Requests)
        {
            asked = asked with { Number = Requests.Count + 1 };
            Requests.Enqueue(asked);
        }

        await Before(asked, stop);
        if (Instead(asked) is { } instead)
        {
            await RawServer.WriteAsync(stream, instead, stop);
            return;
        }

        // What lies in the buffers of a paced connection is soon read: who is killed has nearly all that was sent.
        if (Rate is not null) stream.Socket.SendBufferSize = 16 * 1024;
        byte[] body = Body;
        string tag = Tag is null ? string.Empty : $"ETag: {Tag}\r\n";
        bool part = KnowsRange && asked.From is not null && (!KnowsIfRange || asked.IfRange is null || asked.IfRange == Tag);
        if (part && asked.From >= body.Length)
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{body.Length}\r\nContent-Length: 0\r\n\r\n", stop);
            return;
        }

        int start = part ? (int)asked.From!.Value : 0;
        int end = part && asked.To is { } to ? (int)Math.Min(to + 1, body.Length) : body.Length;
        string status = part ? $"206 Partial Content\r\nContent-Range: bytes {start}-{end - 1}/{body.Length}" : "200 OK";
        await RawServer.WriteAsync(stream, $"HTTP/1.1 {status}\r\n{tag}Content-Length: {end - start}\r\n\r\n", stop);
        if (head.StartsWith("HEAD ", StringComparison.Ordinal)) return;
        int? cut = Cut(asked);
        int stopAt = Math.Min(end, start + (cut ?? int.MaxValue / 2));
        for (int at = start; at < stopAt; at += 16 * 1024)
        {
            int count = Math.Min(16 * 1024, stopAt - at);
            // Counted before: who has the last byte may look before this thread has its next turn.
            Interlocked.Add(ref _sent, count);
            try
            {
                await stream.WriteAsync(body.AsMemory(at, count), stop);
            }
            catch
            {
                Interlocked.Add(ref _sent, -count);
                throw;
            }

            Wrote?.Invoke(count);
            if (Rate is not null) await Rate.PayAsync(count, TimeProvider.System, stop);
        }

        if (cut is null) return;
        await BeforeCut(stop);
        if (Resets) stream.Socket.Close(timeout: 0);
        throw new RawServer.CloseException();
    }
}
