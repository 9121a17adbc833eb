using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>What is seen in the bytes of answers.</summary>
internal enum AnswerFault
{
    None,

    /// <summary>The first line of the connection is no status line.</summary>
    NotHttp,

    /// <summary>More answers of 1xx than the limit before a final one.</summary>
    TooManyInterim,

    /// <summary>More fields in a head than the limit.</summary>
    TooManyFields,

    /// <summary>A line of the chunked coding ends in a bare LF.</summary>
    BareLineFeed,
}

/// <summary>
/// Follows the answers on one connection of HTTP/1.1 as far as it takes to know where each ends (RFC 9112 §6.3), beside the platform's own
/// reader: that one does not tell how many 1xx it passed over, keeps any number of fields, and takes a bare LF in the lines of the chunked
/// coding, where two readers may see two messages. Where it cannot follow it looks no further, and says nothing more. Pure; no byte is looked at twice.
/// </summary>
internal sealed class AnswerFraming(int mostInterim, int mostFields)
{
    // Longer lines are of no field that matters here.
    private const int MostLine = 128;

    private readonly byte[] _line = new byte[MostLine];
    private State _state = State.StatusLine;
    private int _length;
    private bool _overlong;
    private byte _last;
    private int _interim;
    private int _fields;
    private int _status;
    private bool _chunked;
    private bool _unclear;
    private bool _old;
    private long _body;
    private bool _toHead;

    private enum State
    {
        StatusLine,
        Fields,
        Body,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailers,
        Lost,
    }

    /// <summary>Whether it lost the thread, or the answer ends with the connection: nothing more is to be learned.</summary>
    public bool IsLost => _state == State.Lost;

    /// <summary>Whether the next bytes begin an answer.</summary>
    public bool IsBetween => _state == State.StatusLine && _length == 0;

    /// <summary>The final status of the request that was asked last; 0 as long as there is none.</summary>
    public int FinalStatus { get; private set; }

    /// <summary>The beginning of a request goes out: the answer to HEAD has no body (RFC 9110 §9.3.2).</summary>
    public void Asking(ReadOnlySpan<byte> request)
    {
        _toHead = request.StartsWith("HEAD "u8);
        FinalStatus = 0;
    }

    /// <summary>The next bytes of the connection.</summary>
    public AnswerFault Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _state != State.Lost)
        {
            if (_state is State.Body or State.Chunk)
            {
                int taken = (int)Math.Min(bytes.Length, _body);
                bytes = bytes[taken..];
                _body -= taken;
                if (_body == 0) _state = _state == State.Body ? State.StatusLine : State.ChunkEnd;
                continue;
            }

            int end = bytes.IndexOf((byte)'\n');
            if (end < 0) return Keep(bytes);
            AnswerFault fault = End(bytes[..end]);
            if (fault != AnswerFault.None) return fault;
            bytes = bytes[(end + 1)..];
        }

        return AnswerFault.None;
    }

    /// <summary>A line that is not whole yet.</summary>
    private AnswerFault Keep(ReadOnlySpan<byte> bytes)
    {
        if (_state == State.StatusLine && _length == 0 && bytes[0] != (byte)'H') return Noise();
        _last = bytes[^1];
        _overlong |= _length + bytes.Length > MostLine;
        int kept = Math.Min(bytes.Length, MostLine - _length);
        bytes[..kept].CopyTo(_line.AsSpan(_length));
        _length += kept;
        return AnswerFault.None;
    }

    /// <summary>The rest of a line, without its LF.</summary>
    private AnswerFault End(ReadOnlySpan<byte> rest)
    {
        bool endsInCr = rest.IsEmpty ? _length > 0 && _last == (byte)'\r' : rest[^1] == (byte)'\r';
        ReadOnlySpan<byte> line = rest;
        bool whole = !_overlong && (_length == 0 || _length + rest.Length <= MostLine);
        if (!whole)
        {
            // Its beginning tells what it is.
            int kept = Math.Min(rest.Length, MostLine - _length);
            rest[..kept].CopyTo(_line.AsSpan(_length));
            line = _line.AsSpan(0, _length + kept);
        }
        else if (_length > 0)
        {
            rest.CopyTo(_line.AsSpan(_length));
            line = _line.AsSpan(0, _length + rest.Length);
        }

        (_length, _overlong) = (0, false);
        if (!line.IsEmpty && line[^1] == (byte)'\r') line = line[..^1];
        switch (_state)
        {
            case State.StatusLine:
                // Of one that is too long the beginning says all that matters.
                return Status(line);
            case State.Fields:
                if (line.IsEmpty && whole) return Head();
                Field(line, whole);
                return ++_fields > mostFields ? AnswerFault.TooManyFields : AnswerFault.None;
            case State.ChunkSize:
                if (!endsInCr) return AnswerFault.BareLineFeed;
                return Size(line, whole);
            case State.ChunkEnd:
                if (!line.IsEmpty || !whole) return Lose();
                if (!endsInCr) return AnswerFault.BareLineFeed;
                _state = State.ChunkSize;
                return AnswerFault.None;
            default:
                if (!endsInCr) return AnswerFault.BareLineFeed;
                if (line.IsEmpty && whole) _state = State.StatusLine;
                return AnswerFault.None;
        }
    }

    // status-line = HTTP-version SP status-code SP [ reason-phrase ]   (RFC 9112 §4)
    private AnswerFault Status(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != (byte)'H') return Noise();
        if (!line.StartsWith("HTTP/1."u8) || line.Length < 12 || !int.TryParse(line[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out _status)) return Lose();
        // An old answer knows no chunks (RFC 9112 §6.1): what is made of them there is the platform's matter.
        (_chunked, _old, _unclear, _body, _fields, _state) = (false, line[7] == (byte)'0', false, -1, 0, State.Fields);
        if (_status >= 200) FinalStatus = _status;
        return AnswerFault.None;
    }

    private void Field(ReadOnlySpan<byte> line, bool whole)
    {
        // What is folded or has no name is the platform's to refuse.
        if (line.IsEmpty || (line[0] | 0x20) is not ('c' or 't')) return;
        int colon = line.IndexOf((byte)':');
        if (!whole)
        {
            // Too long to be followed: it does not matter, unless it may be one of the two.
            _unclear |= colon < 0 || Ascii.EqualsIgnoreCase(line[..colon], "Transfer-Encoding"u8) || Ascii.EqualsIgnoreCase(line[..colon], "Content-Length"u8);
            return;
        }

        if (colon < 0) return;
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        if (Ascii.EqualsIgnoreCase(line[..colon], "Transfer-Encoding"u8))
        {
            _unclear |= _chunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8);
            _chunked = true;
        }
        else if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Length"u8))
        {
            bool known = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length);
            _unclear |= !known || (_body >= 0 && _body != length);
            _body = length;
        }
    }

    /// <summary>The head is whole: where does its answer end?</summary>
    private AnswerFault Head()
    {
        if (_status is >= 100 and < 200 && _status != 101)
        {
            _state = State.StatusLine;
            return ++_interim > mostInterim ? AnswerFault.TooManyInterim : AnswerFault.None;
        }

        _interim = 0;
        if (_toHead || _status is 204 or 304) _state = State.StatusLine;
        else if (_unclear || _status < 200 || (_chunked && (_old || _body >= 0))) return Lose();
        else if (_chunked) _state = State.ChunkSize;
        else if (_body < 0) return Lose();
        else _state = _body == 0 ? State.StatusLine : State.Body;
        return AnswerFault.None;
    }

    // chunk = chunk-size [ chunk-ext ] CRLF   (RFC 9112 §7.1)
    private AnswerFault Size(ReadOnlySpan<byte> line, bool whole)
    {
        int digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits])) digits++;
        // Of a line that is too long only what stands before an extension is a size.
        if ((!whole && digits == line.Length) || !long.TryParse(line[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _body) || _body < 0) return Lose();
        _state = _body == 0 ? State.Trailers : State.Chunk;
        return AnswerFault.None;
    }

    /// <summary>Behind an answer that had its end, noise is a body that should not be there: the platform gives the connection up.</summary>
    private AnswerFault Noise() => _status == 0 ? AnswerFault.NotHttp : Lose();

    private AnswerFault Lose()
    {
        _state = State.Lost;
        return AnswerFault.None;
    }
}
