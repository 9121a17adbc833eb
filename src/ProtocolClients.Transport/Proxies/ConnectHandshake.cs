using System.Buffers;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>Asks an HTTP proxy for a tunnel on one connection (RFC 9110 §9.3.6).</summary>
internal sealed class ConnectHandshake(Stream stream, ProxyServer proxy, ProxyTarget target, WireLimits limits)
{
    private byte[] _buffer = new byte[4096];
    private int _count;

    /// <summary>What the proxy sent behind the head of its answer: the first bytes of the tunnel.</summary>
    public byte[] Leftover => _buffer[.._count];

    /// <summary>Sends CONNECT and reads the head of the final answer.</summary>
    /// <param name="authorization">The value of Proxy-Authorization; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<ConnectResponse> AskAsync(string? authorization, CancellationToken cancellationToken)
    {
        string request = $"CONNECT {target.Authority} HTTP/1.1\r\nHost: {target.Authority}\r\n"
            + (authorization is null ? string.Empty : $"Proxy-Authorization: {authorization}\r\n") + "\r\n";
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken).ConfigureAwait(false);
            for (int intermediate = 0; ; intermediate++)
            {
                ConnectResponse response = await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
                if (response.Status >= 200) return response;
                if (intermediate == limits.IntermediateReplies)
                {
                    throw new WireLimitException(nameof(WireLimits.IntermediateReplies), limits.IntermediateReplies) { Endpoint = target.EndPoint };
                }
            }
        }
        catch (IOException cause)
        {
            throw ProxyFailure.Broken(proxy, target.EndPoint, "it ended the connection in the middle of the handshake", cause);
        }
    }

    /// <summary>Reads and drops the body of a refusal, so that the connection can be asked again; false when it cannot.</summary>
    public async ValueTask<bool> TryDrainAsync(ConnectResponse response, CancellationToken cancellationToken)
    {
        if (response.Closes || response.BodyLength is not { } length || length > limits.Drain) return false;
        int had = (int)Math.Min(length, _count);
        Consume(had);
        byte[] sink = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            for (long left = length - had; left > 0;)
            {
                int read = await stream.ReadAsync(sink.AsMemory(0, (int)Math.Min(left, sink.Length)), cancellationToken).ConfigureAwait(false);
                if (read == 0) return false;
                left -= read;
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sink);
        }
    }

    private async ValueTask<ConnectResponse> ReadHeadAsync(CancellationToken cancellationToken)
    {
        int searched = 0;
        int end;
        while ((end = ConnectResponse.EndOfHead(_buffer.AsSpan(0, _count), ref searched)) < 0)
        {
            if (_count >= limits.Message) throw new WireLimitException(nameof(WireLimits.Message), limits.Message) { Endpoint = target.EndPoint };
            if (_count == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, Math.Max(limits.Message, _buffer.Length + 1)));
            int read = await stream.ReadAsync(_buffer.AsMemory(_count), cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new EndOfStreamException("The proxy's answer ended before its head did.");
            _count += read;
        }

        if (end > limits.Message) throw new WireLimitException(nameof(WireLimits.Message), limits.Message) { Endpoint = target.EndPoint };
        ConnectResponse response = ConnectResponse.Parse(_buffer.AsSpan(0, end), limits)
            ?? throw ProxyFailure.Broken(proxy, target.EndPoint, "its answer is no head of an HTTP response");
        Consume(end);
        return response;
    }

    private void Consume(int count)
    {
        _buffer.AsSpan(count, _count - count).CopyTo(_buffer);
        _count -= count;
    }
}
