namespace ProtocolClients;

/// <summary>
/// One rule. A pattern is text between stars; each piece is looked for once, from where the last one ended: the first place is as good
/// as any later one, so nothing is ever taken back, and the work grows with the path's length and no faster.
/// </summary>
internal sealed class RobotsPattern
{
    // Up to here the platform's search, whose worst case is a product, costs no more than so many looks at each byte.
    private const int ShortPiece = 16;

    private readonly Piece[] _pieces;
    private readonly bool _toEnd;

    public RobotsPattern(ReadOnlySpan<byte> value, bool allow)
    {
        Allow = allow;
        byte[] pattern = RobotsPath.OfRule(value);
        Octets = pattern.Length;
        ReadOnlySpan<byte> text = pattern;
        _toEnd = text.EndsWith("$"u8);
        if (_toEnd) text = text[..^1];
        var pieces = new List<Piece>();
        foreach (Range range in text.Split((byte)'*'))
        {
            ReadOnlySpan<byte> piece = text[range];
            // Two stars are one, but the first piece stands at the beginning and the last may stand at the end.
            if (!piece.IsEmpty || pieces.Count == 0) pieces.Add(new Piece(piece.ToArray()));
        }

        if (text.EndsWith("*"u8)) pieces.Add(new Piece([]));
        _pieces = [.. pieces];
    }

    public bool Allow { get; }

    /// <summary>How specific the rule is: the octets of its pattern (RFC 9309 §2.2.2).</summary>
    public int Octets { get; }

    public bool Matches(ReadOnlySpan<byte> path)
    {
        if (!path.StartsWith(_pieces[0].Bytes)) return false;
        path = path[_pieces[0].Bytes.Length..];
        if (_pieces.Length == 1) return !_toEnd || path.IsEmpty;
        int last = _toEnd ? _pieces.Length - 1 : _pieces.Length;
        for (int i = 1; i < last; i++)
        {
            int at = _pieces[i].IndexIn(path);
            if (at < 0) return false;
            path = path[(at + _pieces[i].Bytes.Length)..];
        }

        return !_toEnd || path.EndsWith(_pieces[^1].Bytes);
    }

    private readonly struct Piece
    {
        // For each prefix of the piece the longest that it also ends with (Knuth, Morris, Pratt); null for a short piece.
        private readonly int[]? _borders;

        public Piece(byte[] bytes)
        {
            Bytes = bytes;
            if (bytes.Length <= ShortPiece) return;
            _borders = new int[bytes.Length];
            for (int i = 1, length = 0; i < bytes.Length; i++)
            {
                while (length > 0 && bytes[i] != bytes[length]) length = _borders[length - 1];
                if (bytes[i] == bytes[length]) length++;
                _borders[i] = length;
            }
        }

        public byte[] Bytes { get; }

        public int IndexIn(ReadOnlySpan<byte> text)
        {
            if (_borders is null) return text.IndexOf(Bytes);
            int matched = 0;
            for (int i = 0; i < text.Length; i++)
            {
                while (matched > 0 && text[i] != Bytes[matched]) matched = _borders[matched - 1];
                if (text[i] == Bytes[matched]) matched++;
                if (matched == Bytes.Length) return i - matched + 1;
            }

            return -1;
        }
    }
}
