using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// Reads an event stream from bytes, in whatever pieces they come; each byte is looked at once.
/// <code>
/// WHATWG HTML §9.2.5:  stream = [ bom ] *event      event = *( comment / field ) end-of-line
///                      field  = 1*name-char [ colon [ space ] *any-char ] end-of-line
///                      end-of-line = CR LF / CR / LF
/// </code>
/// </summary>
internal sealed class EventStreamParser
{
    private readonly int _lineLimit;
    private readonly int _eventLimit;
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private readonly ArrayBufferWriter<byte> _data = new(1024);
    private string _type = string.Empty;
    private string _id;
    private int _begun;
    private bool _afterCr;

    /// <param name="lastEventId">The id that an earlier stream ended with.</param>
    /// <param name="lineLimit">The longest line in bytes, without its end.</param>
    /// <param name="eventLimit">The most bytes of data of one event.</param>
    public EventStreamParser(string lastEventId, int lineLimit, int eventLimit)
    {
        _id = lastEventId;
        LastEventId = lastEventId;
        _lineLimit = lineLimit;
        _eventLimit = eventLimit;
    }

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>The id to come back with: that of the last complete block, with or without data.</summary>
    public string LastEventId { get; private set; }

    /// <summary>The wait before a reconnect that the server asked for last; null when it did not.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <summary>Takes bytes up to the end of the next event.</summary>
    /// <param name="input">What came; what is left of it afterwards is for the next call.</param>
    /// <returns>The event; null when all was taken and none is complete.</returns>
    /// <exception cref="WireLimitException">A line or an event is too long.</exception>
    public ServerSentEvent? Read(ref ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            if (_afterCr)
            {
                _afterCr = false;
                if (input[0] == '\n')
                {
                    input = input[1..];
                    continue;
                }
            }

            int end = input.IndexOfAny((byte)'\r', (byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? input : input[..end];
            if (_line.WrittenCount + piece.Length > _lineLimit) throw new WireLimitException("Line", _lineLimit, "A line of the event stream exceeds the limit.");
            if (end < 0)
            {
                _line.Write(piece);
                input = default;
                return null;
            }

            _afterCr = input[end] == '\r';
            input = input[(end + 1)..];
            ServerSentEvent? complete;
            if (_line.WrittenCount == 0)
            {
                complete = TakeLine(piece);
            }
            else
            {
                _line.Write(piece);
                complete = TakeLine(_line.WrittenSpan);
                _line.ResetWrittenCount();
            }

            if (complete is not null) return complete;
        }

        return null;
    }

    private ServerSentEvent? TakeLine(ReadOnlySpan<byte> line)
    {
        // One mark at the very beginning, and no other.
        if (_begun == 0)
        {
            _begun = 1;
            if (line.StartsWith(Mark)) line = line[Mark.Length..];
        }

        if (line.IsEmpty) return Dispatch();
        int colon = line.IndexOf((byte)':');
        if (colon == 0) return null;
        ReadOnlySpan<byte> name = colon < 0 ? line : line[..colon];
        ReadOnlySpan<byte> value = colon < 0 ? default : line[(colon + 1)..];
        if (!value.IsEmpty && value[0] == ' ') value = value[1..];
        if (name.SequenceEqual("data"u8)) AddData(value);
        else if (name.SequenceEqual("event"u8)) _type = Encoding.UTF8.GetString(value);
        else if (name.SequenceEqual("id"u8)) SetId(value);
        else if (name.SequenceEqual("retry"u8)) SetRetry(value);
        return null;
    }

    private void AddData(ReadOnlySpan<byte> value)
    {
        if ((long)_data.WrittenCount + value.Length + 1 > _eventLimit + 1L) throw new WireLimitException("Event", _eventLimit, "An event exceeds the limit.");
        _data.Write(value);
        _data.Write("\n"u8);
    }

    private void SetId(ReadOnlySpan<byte> value)
    {
        if (!value.Contains((byte)0)) _id = Encoding.UTF8.GetString(value);
    }

    private void SetRetry(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return;
        // More digits than a number holds are a long wait, not none.
        bool fits = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds);
        Retry = TimeSpan.FromMilliseconds(fits ? milliseconds : int.MaxValue);
    }

    private ServerSentEvent? Dispatch()
    {
        LastEventId = _id;
        string type = _type.Length == 0 ? "message" : _type;
        _type = string.Empty;
        if (_data.WrittenCount == 0) return null;
        string data = Encoding.UTF8.GetString(_data.WrittenSpan[..^1]);
        _data.ResetWrittenCount();
        return new ServerSentEvent(type, data, LastEventId);
    }
}
