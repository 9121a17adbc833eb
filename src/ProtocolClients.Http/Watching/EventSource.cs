using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;

namespace ProtocolClients;

/// <summary>An event stream across its connections: opens it, reads it, and opens it anew behind the last event (WHATWG HTML §9.2.3).</summary>
internal sealed class EventSource(HttpSession session, string url, string shown, HttpWatchOptions watch, HttpCallOptions call, ILogger logger) : IAsyncDisposable
{
    private const string MediaType = "text/event-stream";

    /// <summary>No server's wish makes a program wait less, nor ask it again and again without a pause; the caller's may.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(500);

    /// <summary>No server's wish makes a program wait longer.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private string _lastEventId = watch.LastEventId ?? string.Empty;
    private readonly TimeSpan _least = watch.ReconnectDelay < ShortestWait ? watch.ReconnectDelay : ShortestWait;
    private TimeSpan _delay = watch.ReconnectDelay;
    private bool _wasOpen;
    private int _failures;
    private HttpReply? _reply;
    private Stream? _body;
    private EventStreamParser? _parser;
    private int _start;
    private int _end;

    /// <summary>The next event; null when the server wants no more (204).</summary>
    public async ValueTask<ServerSentEvent?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_body is null && !await OpenAsync(cancellationToken).ConfigureAwait(false)) return null;
            if (Parse() is { } complete) return complete;
            string reason = "the server ended it";
            try
            {
                _start = 0;
                _end = await _body!.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                if (_end > 0) continue;
            }
            catch (ProtocolClientException failure) when (failure.IsTransient)
            {
                _end = 0;
                reason = failure.Message;
            }

            // What is not complete is dropped: the server sends it again, behind the last id.
            await CloseAsync().ConfigureAwait(false);
            await WaitAsync(reason, null, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private ServerSentEvent? Parse()
    {
        ReadOnlySpan<byte> input = _buffer.AsSpan(_start, _end - _start);
        ServerSentEvent? complete = _parser!.Read(ref input);
        _start = _end - input.Length;
        _lastEventId = _parser.LastEventId;
        if (_parser.Retry is { } retry) _delay = retry > _least ? retry : _least;
        return complete;
    }

    private async ValueTask<bool> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            HttpReply reply;
            try
            {
                reply = await session.GetAsync(url, Call(), cancellationToken).ConfigureAwait(false);
            }
            catch (ProtocolClientException failure) when (_wasOpen && failure.IsTransient && _failures < watch.Reconnects)
            {
                _failures++;
                await WaitAsync(failure.Message, failure.RetryAfter, cancellationToken).ConfigureAwait(false);
                continue;
            }

            bool kept = false;
            try
            {
                if (reply.Status == HttpStatusCode.NoContent) return false;
                // A server that is being restarted answers so for a while; the first answer of all is the caller's to see.
                if (_wasOpen && HttpStatusException.IsTransientStatus(reply.Status) && _failures < watch.Reconnects)
                {
                    _failures++;
                }
                else
                {
                    Require(reply);
                    _body = await reply.OpenReadAsync(cancellationToken).ConfigureAwait(false);
                    _reply = reply;
                    kept = true;
                    _parser = new EventStreamParser(_lastEventId, watch.Line, watch.Event);
                    (_start, _end, _failures, _wasOpen) = (0, 0, 0, true);
                    return true;
                }
            }
            finally
            {
                if (!kept) reply.Dispose();
            }

            await WaitAsync($"status {(int)reply.Status}", reply.RetryAfter, cancellationToken).ConfigureAwait(false);
        }
    }

    private HttpCallOptions Call()
    {
        List<(string, string)> headers = [("Accept", MediaType), ("Cache-Control", "no-store"), ("Accept-Encoding", "identity")];
        if (_lastEventId.Length > 0)
        {
            if (_lastEventId.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0 || _lastEventId.Contains('\x7f', StringComparison.Ordinal))
            {
                throw new WireFormatException("The id of the last event has a control character: it cannot be sent back, so the stream cannot go on behind it.");
            }

            headers.Add(("Last-Event-ID", _lastEventId));
        }

        int ours = headers.Count;
        foreach ((string name, string value) in call.Headers)
        {
            bool taken = false;
            for (int i = 0; i < ours && !taken; i++) taken = string.Equals(headers[i].Item1, name, StringComparison.OrdinalIgnoreCase);
            if (!taken) headers.Add((name, value));
        }

        // The waits of a reconnect are kept here; the session's own attempts are for the first connection.
        return call with { Headers = [.. headers], Replay = _wasOpen ? Replay.Never : call.Replay };
    }

    private static void Require(HttpReply reply)
    {
        reply.EnsureSuccess();
        EndPoint endPoint = Transport.UrlText.EndPointOf(reply.FinalUrl);
        if (reply.Status != HttpStatusCode.OK)
        {
            throw new WireFormatException($"An event stream is answered 200, not {(int)reply.Status}.") { Endpoint = endPoint };
        }

        if (reply.MediaType is MediaType) return;
        throw new WireFormatException($"An event stream has the media type {MediaType}; the answer has another, or none.") { Endpoint = endPoint };
    }

    private Task WaitAsync(string reason, TimeSpan? asked, CancellationToken cancellationToken)
    {
        TimeSpan wait = _delay;
        if (_failures > 0)
        {
            double ceiling = Math.Min(Math.Max(_delay.TotalMilliseconds, watch.MaxReconnectDelay.TotalMilliseconds), _delay.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 30)));
#pragma warning disable CA5394 // Jitter keeps clients apart that lost their server together; it guards nothing.
            wait = TimeSpan.FromMilliseconds(_delay.TotalMilliseconds + ((ceiling - _delay.TotalMilliseconds) * Random.Shared.NextDouble()));
#pragma warning restore CA5394
        }

        if (asked > wait) wait = asked.Value;
        if (wait > LongestWait) wait = LongestWait;
        HttpFlowLog.Reconnecting(logger, shown, reason, wait.TotalMilliseconds);
        return Task.Delay(wait, session.Options.TimeProvider, cancellationToken);
    }

    private async ValueTask CloseAsync()
    {
        if (_body is not null) await _body.DisposeAsync().ConfigureAwait(false);
        _reply?.Dispose();
        (_body, _reply) = (null, null);
    }
}
