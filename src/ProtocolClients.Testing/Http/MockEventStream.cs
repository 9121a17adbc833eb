using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>The server's side of one event stream (WHATWG HTML §9.2): what <see cref="MockRoute.RespondEvents"/> hands to a script.</summary>
public sealed class MockEventStream
{
    private readonly HttpContext _context;

    internal MockEventStream(HttpContext context) => _context = context;

    /// <summary>The id that the client came back with; empty when it sent none.</summary>
    public string LastEventId => _context.Request.Headers["Last-Event-ID"].ToString();

    /// <summary>Sends one event and flushes it.</summary>
    /// <param name="data">The data; each line becomes a field.</param>
    /// <param name="type">The type; null for none.</param>
    /// <param name="id">The id; null for none.</param>
    /// <param name="retry">The wait before a reconnect; null for none.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public Task SendAsync(string data, string? type = null, string? id = null, TimeSpan? retry = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        var text = new StringBuilder();
        if (type is not null) text.Append("event: ").Append(type).Append('\n');
        if (id is not null) text.Append("id: ").Append(id).Append('\n');
        if (retry is { } wait) text.Append("retry: ").Append(((long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (string line in data.Split('\n')) text.Append("data: ").Append(line).Append('\n');
        return WriteAsync(Encoding.UTF8.GetBytes(text.Append('\n').ToString()), cancellationToken);
    }

    /// <summary>Sends a comment, as servers do to keep a stream open, and flushes it.</summary>
    /// <param name="text">The comment, on one line.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public Task CommentAsync(string text = "", CancellationToken cancellationToken = default) => WriteAsync(Encoding.UTF8.GetBytes($":{text}\n\n"), cancellationToken);

    /// <summary>Sends literal bytes of the stream and flushes them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        await _context.Response.Body.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await _context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
