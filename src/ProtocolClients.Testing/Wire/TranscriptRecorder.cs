using System.Text;

namespace ProtocolClients.Testing;

/// <summary>Cuts the bytes of one connection into the lines of a transcript. Both directions write at once.</summary>
internal sealed class TranscriptRecorder(Transcript transcript, long connection, Func<string, bool>? isLast = null) : IDisposable
{
    private const int LongestLine = 1024;

    private readonly Lock _gate = new();
    private readonly Side _client = new(TranscriptSide.Client);
    private readonly Side _server = new(TranscriptSide.Server);
    private bool _ended;

    public void Received(ReadOnlySpan<byte> bytes) => Write(_client, _server, bytes);

    public void Sent(ReadOnlySpan<byte> bytes) => Write(_server, _client, bytes);

    public void Note(string text)
    {
        lock (_gate)
        {
            Flush(_client);
            Flush(_server);
            transcript.Add(connection, TranscriptSide.Note, text);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Flush(_client);
            Flush(_server);
            _ended = true;
        }
    }

    private void Write(Side side, Side other, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        lock (_gate)
        {
            if (_ended || transcript.IsFull) return;

            // When the other side speaks, a line without an end was a prompt or a body.
            Flush(other);
            while (!bytes.IsEmpty && !_ended)
            {
                int end = bytes.IndexOf((byte)'\n');
                side.Append(end < 0 ? bytes : bytes[..end]);
                if (end < 0) return;
                bytes = bytes[(end + 1)..];
                side.HasEnded = true;
                Flush(side);
            }
        }
    }

    private void Flush(Side side)
    {
        if (side.Count == 0 && !side.HasEnded) return;
        string line = side.Take();
        if (_ended) return;
        transcript.Add(connection, side.Who, line);
        if (isLast?.Invoke(line) == true)
        {
            transcript.Add(connection, TranscriptSide.Note, "(binary from here on)");
            _ended = true;
        }
    }

    private sealed class Side(TranscriptSide who)
    {
        private readonly byte[] _line = new byte[LongestLine];
        private long _total;

        public TranscriptSide Who => who;

        public int Count { get; private set; }

        public bool HasEnded { get; set; }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            int fits = Math.Min(bytes.Length, LongestLine - Count);
            bytes[..fits].CopyTo(_line.AsSpan(Count));
            Count += fits;
            _total += bytes.Length;
        }

        public string Take()
        {
            string text = Encoding.Latin1.GetString(_line, 0, Count);
            text = _total > Count ? $"{text}... ({_total} bytes)" : text.TrimEnd('\r');
            Count = 0;
            _total = 0;
            HasEnded = false;
            return text;
        }
    }
}
