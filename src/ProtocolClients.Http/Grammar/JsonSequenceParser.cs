using System.Buffers;

namespace ProtocolClients;

/// <summary>What a <see cref="JsonSequenceParser"/> met.</summary>
internal enum JsonSequenceToken
{
    /// <summary>Nothing yet: what was used may go, and more must come.</summary>
    More,

    /// <summary>A whole record.</summary>
    Record,

    /// <summary>A record that is cut off, or bytes that are of none. Reading goes on at the next record.</summary>
    Damaged,
}

/// <summary>
/// Finds the records of a JSON text sequence, in whatever pieces they come; each byte is looked at once. A record is given as soon as
/// its JSON text is complete, not with the beginning of the next: who watches a stream waits for no other record.
/// <code>
/// RFC 7464 §2.1:  input-json-sequence = *(1*RS possible-JSON)     RS = %x1E
///                 possible-JSON = 1*(not-RS)                      not-RS = %x00-1d / %x1f-ff
///      §2.4:      a number, true, false and null are complete with the whitespace behind them, and cut off without it
/// </code>
/// </summary>
/// <param name="limit">The longest record in bytes, without its separator.</param>
internal sealed class JsonSequenceParser(int limit)
{
    private const byte Separator = 0x1E;

    // ws = *( %x20 / %x09 / %x0A / %x0D )   (RFC 8259 §2)
    private static readonly SearchValues<byte> White = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> WhiteOrSeparator = SearchValues.Create(" \t\r\n\u001e"u8);
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]\u001e"u8);
    private static readonly SearchValues<byte> InString = SearchValues.Create("\"\\\u001e"u8);

    private Place _place = Place.Outside;
    private Shape _shape;
    private int _searched;
    private int _begin;
    private int _depth;
    private bool _quoted;
    private bool _escaped;

    private enum Place
    {
        /// <summary>Behind a record, or before the first one: only whitespace may stand here.</summary>
        Outside,

        /// <summary>Behind a separator.</summary>
        Inside,

        /// <summary>In what is of no use any more, up to the next separator.</summary>
        Lost,
    }

    private enum Shape
    {
        /// <summary>Not begun: nothing came yet but whitespace.</summary>
        None,

        /// <summary>Ends where its brackets and quotes are closed.</summary>
        Closed,

        /// <summary>Ends with whitespace.</summary>
        Open,
    }

    /// <summary>Why the last token was <see cref="JsonSequenceToken.Damaged"/>.</summary>
    public string Damage { get; private set; } = string.Empty;

    /// <summary>Takes what is unread.</summary>
    /// <param name="input">All that is unread, what earlier calls did not use included.</param>
    /// <param name="isFinal">Whether nothing comes behind it.</param>
    /// <param name="used">How many bytes are done with.</param>
    /// <param name="text">The JSON text of the record, without the whitespace before it.</param>
    /// <exception cref="WireLimitException">A record is too long.</exception>
    public JsonSequenceToken Read(ReadOnlySpan<byte> input, bool isFinal, scoped out int used, out ReadOnlySpan<byte> text)
    {
        used = 0;
        text = default;
        if (_place == Place.Outside)
        {
            int at = input.IndexOfAnyExcept(White);
            if (at < 0)
            {
                used = input.Length;
                return JsonSequenceToken.More;
            }

            used = at;
            if (input[at] != Separator) return Lose("Bytes stand outside of the records.", Place.Lost);
            used++;
            Begin();
        }
        else if (_place == Place.Lost)
        {
            int at = input.IndexOf(Separator);
            used = at < 0 ? input.Length : at + 1;
            if (at < 0) return JsonSequenceToken.More;
            Begin();
        }

        JsonSequenceToken token = ReadText(input, ref used, out text);
        if (token != JsonSequenceToken.More || !isFinal) return token;
        used = input.Length;
        return Lose("The last record is cut off.", Place.Outside);
    }

    /// <summary>Passes over what is left of the record that was given: it turned out to be no JSON.</summary>
    public void Skip() => _place = Place.Lost;

    private void Begin() => (_place, _shape, _searched, _depth, _quoted, _escaped) = (Place.Inside, Shape.None, 0, 0, false, false);

    private JsonSequenceToken Lose(string damage, Place place)
    {
        Damage = damage;
        _place = place;
        return JsonSequenceToken.Damaged;
    }

    // What is used already stands before the record's first byte, or before what was left of it by the call before.
    private JsonSequenceToken ReadText(ReadOnlySpan<byte> input, scoped ref int used, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_shape == Shape.None)
        {
            // Separators in a row are one (§2.1).
            while (_searched == 0 && used < input.Length && input[used] == Separator) used++;
            int white = input[(used + _searched)..].IndexOfAnyExcept(White);
            _searched = white < 0 ? input.Length - used : _searched + white;
            Require(_searched);
            int begin = used + _searched;
            if (begin == input.Length) return JsonSequenceToken.More;
            if (input[begin] == Separator) return Cut(begin, out used);
            _shape = input[begin] is (byte)'{' or (byte)'[' or (byte)'"' ? Shape.Closed : Shape.Open;
            _begin = _searched;
        }

        ReadOnlySpan<byte> record = input[used..];
        int end = _shape == Shape.Open ? EndOfWord(record) : EndOfStructure(record);
        Require(end < 0 ? record.Length : end);
        if (end < 0)
        {
            _searched = record.Length;
            return JsonSequenceToken.More;
        }

        if (end < record.Length && record[end] == Separator && (_shape == Shape.Open || _depth > 0 || _quoted)) return Cut(used + end, out used);
        text = record[_begin..end];
        used += end;
        _place = Place.Outside;
        return JsonSequenceToken.Record;
    }

    private JsonSequenceToken Cut(int separator, scoped out int used)
    {
        used = separator + 1;
        Begin();
        Damage = "A record is cut off.";
        return JsonSequenceToken.Damaged;
    }

    private int EndOfWord(ReadOnlySpan<byte> input)
    {
        int at = input[_searched..].IndexOfAny(WhiteOrSeparator);
        return at < 0 ? -1 : _searched + at;
    }

    // Where the outermost bracket or quote is closed; or where a separator cuts it off, which no string may hold (RFC 8259 §7).
    private int EndOfStructure(ReadOnlySpan<byte> input)
    {
        int at = _searched;
        while (true)
        {
            if (at == input.Length) return -1;
            if (_escaped)
            {
                _escaped = false;
                if (input[at] != Separator) at++;
                continue;
            }

            int found = input[at..].IndexOfAny(_quoted ? InString : Structure);
            if (found < 0) return -1;
            at += found;
            switch (input[at])
            {
                case Separator:
                    return at;
                case (byte)'\\':
                    _escaped = true;
                    break;
                case (byte)'"':
                    _quoted = !_quoted;
                    if (!_quoted && _depth == 0) return at + 1;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                default:
                    if (--_depth == 0) return at + 1;
                    break;
            }

            at++;
        }
    }

    private void Require(int length)
    {
        if (length > limit) throw new WireLimitException("Record", limit, "A record of the JSON text sequence exceeds the limit.");
    }
}
