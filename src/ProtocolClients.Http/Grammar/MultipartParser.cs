using System.Buffers;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What a <see cref="MultipartParser"/> met.</summary>
internal enum MultipartToken
{
    /// <summary>Nothing yet: what was used may go; when nothing was used, more must come.</summary>
    More,

    /// <summary>The head of a part is complete.</summary>
    Part,

    /// <summary>What was used are bytes of the part.</summary>
    Data,

    /// <summary>The part is complete: its delimiter has come.</summary>
    PartEnd,

    /// <summary>The last delimiter has come. What follows is of no use.</summary>
    End,
}

/// <summary>
/// Takes a multipart body apart, in whatever pieces it comes. Strict where two readers could see two different messages: lines end in
/// CRLF, and a line that begins with the boundary is a delimiter and nothing else.
/// <code>
/// RFC 2046 §5.1.1:  multipart-body := [preamble CRLF] dash-boundary transport-padding CRLF body-part *encapsulation
///                                     close-delimiter transport-padding [CRLF epilogue]
///                   dash-boundary := "--" boundary         delimiter := CRLF dash-boundary
///                   encapsulation := delimiter transport-padding CRLF body-part      close-delimiter := delimiter "--"
///                   body-part := MIME-part-headers [CRLF *OCTET]                     transport-padding := *LWSP-char
///                   boundary := 0*69(bchars) bcharsnospace
/// </code>
/// </summary>
internal sealed class MultipartParser
{
    // More than any sender pads a line with.
    private const int MostPadding = 256;

    private static readonly SearchValues<char> BoundaryChars =
        SearchValues.Create("'()+_,-./:=? 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _delimiter;
    private readonly int _mostHead;
    private readonly int _mostFields;
    private readonly int _mostPreamble;
    private Place _place;
    private LineParser _line;
    private List<KeyValuePair<string, string>> _fields = [];
    private int _folds;
    private int _head;
    private int _preamble;

    /// <param name="boundary">The boundary, as <see cref="IsBoundary"/> takes it.</param>
    /// <param name="head">The longest head of a part, in bytes.</param>
    /// <param name="fields">The most fields of one.</param>
    /// <param name="preamble">The most bytes before the first part.</param>
    public MultipartParser(string boundary, int head, int fields, int preamble)
    {
        _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
        (_mostHead, _mostFields, _mostPreamble) = (head, fields, preamble);
        _line = NewLine();
    }

    private enum Place
    {
        Start,
        Preamble,
        Head,
        Body,
        InBody,
        Epilogue,
    }

    /// <summary>Whether the body has ended before its last delimiter, inside a part; false when there was none yet.</summary>
    public bool IsInside => _place is Place.Head or Place.Body or Place.InBody;

    public static bool IsBoundary(string? text) =>
        text is { Length: > 0 and <= 70 } && text[^1] != ' ' && text.AsSpan().IndexOfAnyExcept(BoundaryChars) < 0;

    /// <summary>The fields of the part whose head came last.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> TakeFields()
    {
        List<KeyValuePair<string, string>> fields = _fields;
        (_fields, _folds, _head, _line) = ([], 0, 0, NewLine());
        return fields;
    }

    /// <summary>Takes what is unread.</summary>
    /// <param name="input">All that is unread, what earlier calls did not use included.</param>
    /// <param name="isFinal">Whether nothing comes behind it.</param>
    /// <param name="used">How many bytes are done with.</param>
    /// <exception cref="WireFormatException">It is no multipart body.</exception>
    /// <exception cref="WireLimitException">A head, or what stands before the first part, is too long.</exception>
    public MultipartToken Read(ReadOnlySpan<byte> input, bool isFinal, out int used)
    {
        used = 0;
        return _place switch
        {
            Place.Start => ReadStart(input, isFinal, ref used),
            Place.Preamble => ReadPreamble(input, isFinal, ref used),
            Place.Head => ReadHead(input, ref used),
            Place.Body => ReadBlank(input, isFinal, ref used),
            Place.InBody => ReadBody(input, isFinal, ref used),
            _ => MultipartToken.End,
        };
    }

    private MultipartToken ReadStart(ReadOnlySpan<byte> input, bool isFinal, ref int used)
    {
        ReadOnlySpan<byte> dash = _delimiter.AsSpan(2);
        if (!Begins(input, dash, out bool whole))
        {
            _place = Place.Preamble;
            return ReadPreamble(input, isFinal, ref used);
        }

        return whole ? ReadDelimiter(input, dash.Length, isFinal, ref used) : MultipartToken.More;
    }

    private MultipartToken ReadPreamble(ReadOnlySpan<byte> input, bool isFinal, ref int used)
    {
        int at = input.IndexOf(_delimiter);
        int text = at < 0 ? input.Length - Held(input) : at;
        if (_preamble + text > _mostPreamble) throw new WireLimitException("Preamble", _mostPreamble, "What stands before the first part exceeds the limit.");
        if (at == 0) return ReadDelimiter(input, _delimiter.Length, isFinal, ref used);
        used = text;
        _preamble += text;
        return MultipartToken.More;
    }

    private MultipartToken ReadHead(ReadOnlySpan<byte> input, ref int used)
    {
        while (true)
        {
            OperationStatus status;
            ReadOnlySpan<byte> line;
            int taken;
            try
            {
                status = _line.TryParse(input[used..], out taken, out line);
            }
            catch (WireLimitException)
            {
                throw TooLong();
            }

            if (status == OperationStatus.NeedMoreData) return MultipartToken.More;
            if (status == OperationStatus.InvalidData) throw new WireFormatException("A line in the head of a part does not end in CRLF, or has NUL.");
            _head += taken;
            if (_head > _mostHead) throw TooLong();
            if (line.IsEmpty)
            {
                // Its CRLF may be the one of a delimiter: a part may have no body at all.
                _place = Place.Body;
                return MultipartToken.Part;
            }

            Take(line);
            used += taken;
        }
    }

    private MultipartToken ReadBlank(ReadOnlySpan<byte> input, bool isFinal, ref int used)
    {
        if (Begins(input, _delimiter, out bool whole) && (whole || !isFinal)) return whole ? ReadDelimiter(input, _delimiter.Length, isFinal, ref used) : MultipartToken.More;
        used = 2;
        _place = Place.InBody;
        return MultipartToken.More;
    }

    private MultipartToken ReadBody(ReadOnlySpan<byte> input, bool isFinal, ref int used)
    {
        int at = input.IndexOf(_delimiter);
        if (at == 0) return ReadDelimiter(input, _delimiter.Length, isFinal, ref used);
        used = at < 0 ? input.Length - Held(input) : at;
        return used == 0 ? MultipartToken.More : MultipartToken.Data;
    }

    // The rest of a line that begins with the boundary. It is looked at before the part ends: a line that is none must not end one.
    private MultipartToken ReadDelimiter(ReadOnlySpan<byte> input, int length, bool isFinal, ref int used)
    {
        ReadOnlySpan<byte> rest = input[length..];
        bool closes = rest.StartsWith("--"u8);
        if (!closes && (rest.IsEmpty || rest.SequenceEqual("-"u8))) return MultipartToken.More;
        int at = closes ? 2 : 0;
        int padding = rest[at..].IndexOfAnyExcept((byte)' ', (byte)'\t');
        if ((padding < 0 ? rest.Length - at : padding) > MostPadding) throw NoDelimiter();
        at = padding < 0 ? rest.Length : at + padding;
        if (rest[at..].StartsWith("\r\n"u8)) at += 2;
        else if (rest[at..].Length > 1 || (rest.Length > at && rest[at] != '\r')) throw NoDelimiter();
        else if (!closes || !isFinal) return MultipartToken.More;
        bool ended = IsInside;
        used = length + at;
        _place = closes ? Place.Epilogue : Place.Head;
        return ended ? MultipartToken.PartEnd : MultipartToken.More;
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            // A folded line goes on with the field before it (RFC 5322 §2.2.3).
            if (_fields.Count == 0) throw new WireFormatException("The head of a part begins with a folded line.");
            // Each copies what came before it: without end they would cost the square of the head.
            if (++_folds > _mostFields) throw new WireLimitException("Fields", _mostFields, "The head of a part has more folded lines than the limit of its fields.");
            (string name, string value) = _fields[^1];
            _fields[^1] = new(name, string.Concat(value, " ", Text(line)).Trim());
            return;
        }

        int colon = line.IndexOf((byte)':');
        string field = colon < 0 ? string.Empty : Encoding.Latin1.GetString(line[..colon]);
        if (!HttpText.IsToken(field)) throw new WireFormatException("A line in the head of a part is no field.");
        if (_fields.Count == _mostFields) throw new WireLimitException("Fields", _mostFields, "The head of a part has more fields than the limit.");
        _fields.Add(new(field, Text(line[(colon + 1)..])));
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes.Trim(" \t"u8);
        foreach (byte b in bytes)
        {
            if (b is < 0x20 and not (byte)'\t' or 0x7F) throw new WireFormatException("A field in the head of a part has a control character.");
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static bool Begins(ReadOnlySpan<byte> input, ReadOnlySpan<byte> with, out bool whole)
    {
        whole = input.Length >= with.Length;
        return whole ? input.StartsWith(with) : with.StartsWith(input);
    }

    // How many bytes at the end could be the beginning of a delimiter.
    private int Held(ReadOnlySpan<byte> input)
    {
        int at = Math.Max(0, input.Length - _delimiter.Length + 1);
        while (at < input.Length)
        {
            int cr = input[at..].IndexOf((byte)'\r');
            if (cr < 0) return 0;
            at += cr;
            if (_delimiter.AsSpan().StartsWith(input[at..])) return input.Length - at;
            at++;
        }

        return 0;
    }

    private LineParser NewLine() => new() { Limit = _mostHead };

    private WireLimitException TooLong() => new("Head", _mostHead, "The head of a part exceeds the limit.");

    private static WireFormatException NoDelimiter() => new("A line begins with the boundary of the parts and is no delimiter.");
}
