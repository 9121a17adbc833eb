using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// The basic URL parser of the URL Standard (§4.4), as one method a state. What the standard calls a validation error is repaired; only
/// a failure ends it. Each character is looked at a bounded number of times.
/// </summary>
internal sealed class WebUrlParser
{
    private readonly string _text;
    private readonly WebUrl? _base;

    public WebUrlParser(string text, WebUrl? baseUrl)
    {
        _base = baseUrl;
        // Controls and blanks around it, and line ends and tabs anywhere, are dropped first.
        int start = 0;
        int end = text.Length;
        while (start < end && text[start] <= ' ') start++;
        while (end > start && text[end - 1] <= ' ') end--;
        ReadOnlySpan<char> kept = text.AsSpan(start, end - start);
        if (kept.IndexOfAny('\t', '\n', '\r') < 0)
        {
            _text = kept.Length == text.Length ? text : kept.ToString();
            return;
        }

        var cleaned = new StringBuilder(kept.Length);
        foreach (char c in kept)
        {
            if (c is not ('\t' or '\n' or '\r')) cleaned.Append(c);
        }

        _text = cleaned.ToString();
    }

    public WebUrlParts Parts { get; } = new();

    /// <summary>Reads the whole.</summary>
    /// <returns>Null when it is a URL; else why it is none.</returns>
    public string? Run()
    {
        int colon = SchemeEnd();
        return colon < 0 ? NoScheme() : WithScheme(colon);
    }

    // scheme start state, scheme state
    private int SchemeEnd()
    {
        if (_text.Length == 0 || !char.IsAsciiLetter(_text[0])) return -1;
        for (int i = 1; i < _text.Length; i++)
        {
            char c = _text[i];
            if (c == ':') return i;
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.')) return -1;
        }

        return -1;
    }

    private string? WithScheme(int colon)
    {
        Parts.Scheme = _text[..colon].ToLowerInvariant();
        int at = colon + 1;
        if (Parts.Scheme == "file") return FileScheme(at);
        if (Parts.IsSpecial)
        {
            // special relative or authority state: "http:x" is relative to a base of the same scheme.
            if (_base?.Scheme == Parts.Scheme && !_text.AsSpan(at).StartsWith("//", StringComparison.Ordinal)) return Relative(at);
            return Authority(SkipSlashes(at));
        }

        if (At(at) == '/')
        {
            // path or authority state
            return At(at + 1) == '/' ? Authority(at + 2) : Path(at);
        }

        return Opaque(at);
    }

    // no scheme state
    private string? NoScheme()
    {
        if (_base is null) return "it begins with no scheme such as https:";
        if (_base.IsOpaque)
        {
            if (At(0) != '#') return "it is relative, and the URL that it came from has no folders";
            Parts.Scheme = _base.Scheme;
            Parts.TakePath(_base);
            Parts.Query = _base.Query;
            Fragment(0);
            return null;
        }

        Parts.Scheme = _base.Scheme;
        return _base.Scheme == "file" ? FileScheme(0) : Relative(0);
    }

    // relative state, relative slash state
    private string? Relative(int at)
    {
        Parts.Scheme = _base!.Scheme;
        if (IsSlash(at))
        {
            if (IsSlash(at + 1) && (Parts.IsSpecial || At(at + 1) == '/')) return Authority(Parts.IsSpecial ? SkipSlashes(at) : at + 2);
            Parts.TakeAuthority(_base);
            return Path(at);
        }

        Parts.TakeAuthority(_base);
        Parts.TakePath(_base);
        return AfterBase(at);
    }

    /// <summary>What follows a base's own path: nothing, a query, a fragment, or a path in place of the last segment.</summary>
    private string? AfterBase(int at)
    {
        if (at == _text.Length || At(at) is '?' or '#')
        {
            if (At(at) != '?') Parts.Query = _base!.Query;
            QueryAndFragment(at);
            return null;
        }

        Parts.Shorten();
        return Path(at);
    }

    // authority state, host state, port state
    private string? Authority(int at)
    {
        int end = at;
        while (end < _text.Length && _text[end] is not ('/' or '?' or '#') && !(_text[end] == '\\' && Parts.IsSpecial)) end++;
        string authority = _text[at..end];
        int sign = authority.LastIndexOf('@');
        if (sign >= 0)
        {
            ReadOnlySpan<char> info = authority.AsSpan(0, sign);
            int colon = info.IndexOf(':');
            WebPercent.Append(Parts.UserName, colon < 0 ? info : info[..colon], WebPercent.UserInfo);
            if (colon >= 0) WebPercent.Append(Parts.Password, info[(colon + 1)..], WebPercent.UserInfo);
            if (sign + 1 == authority.Length) return "it names a user and no host";
        }

        string rest = authority[(sign + 1)..];
        int portColon = PortColon(rest);
        string host = portColon < 0 ? rest : rest[..portColon];
        if (host.Length == 0)
        {
            if (portColon >= 0) return "it has a port and no host";
            if (Parts.IsSpecial) return "it names no host";
            Parts.Host = string.Empty;
            return Path(end);
        }

        Parts.Host = WebHost.Parse(host, !Parts.IsSpecial, out string? error);
        if (error is not null) return error;
        if (portColon >= 0 && !TryPort(rest.AsSpan(portColon + 1))) return "its port is not a number from 0 to 65535";
        return Path(end);
    }

    // file state, file slash state, file host state
    private string? FileScheme(int at)
    {
        Parts.Scheme = "file";
        Parts.Host = string.Empty;
        bool hasBase = _base?.Scheme == "file";
        if (IsSlash(at))
        {
            if (!IsSlash(at + 1))
            {
                if (hasBase)
                {
                    Parts.Host = _base!.Host;
                    // A path from the root of a machine with drives stays on its drive.
                    if (!WebUrlParts.StartsWithDriveLetter(_text.AsSpan(Math.Min(at + 1, _text.Length))) && _base.Segments.Length > 0 && WebUrlParts.IsNormalDriveLetter(_base.Segments[0]))
                    {
                        Parts.Segments.Add(_base.Segments[0]);
                    }
                }

                return Path(at);
            }

            return FileHost(at + 2);
        }

        if (!hasBase) return Path(at);
        Parts.Host = _base!.Host;
        Parts.TakePath(_base);
        if (at < _text.Length && At(at) is not ('?' or '#') && WebUrlParts.StartsWithDriveLetter(_text.AsSpan(at)))
        {
            Parts.Segments.Clear();
            return Path(at);
        }

        return AfterBase(at);
    }

    private string? FileHost(int at)
    {
        int end = at;
        while (end < _text.Length && _text[end] is not ('/' or '\\' or '?' or '#')) end++;
        string host = _text[at..end];
        // "file://C:/x": a drive is a path.
        if (WebUrlParts.IsDriveLetter(host)) return Path(at);
        if (host.Length > 0)
        {
            string? parsed = WebHost.Parse(host, isOpaque: false, out string? error);
            if (error is not null) return error;
            Parts.Host = parsed == "localhost" ? string.Empty : parsed;
        }

        return Path(end);
    }

    // path start state, path state
    private string? Path(int at)
    {
        bool special = Parts.IsSpecial;
        if (IsSlash(at)) at++;
        else if (!special && (at == _text.Length || At(at) is '?' or '#'))
        {
            // An unknown scheme may have no path at all, not even an empty one.
            QueryAndFragment(at);
            return null;
        }

        while (true)
        {
            int end = at;
            while (end < _text.Length && _text[end] is not ('/' or '?' or '#') && !(_text[end] == '\\' && special)) end++;
            bool more = IsSlash(end);
            Segment(WebPercent.Encode(_text.AsSpan(at, end - at), WebPercent.Path), more);
            at = end;
            if (!more) break;
            at++;
        }

        QueryAndFragment(at);
        return null;
    }

    private void Segment(string segment, bool more)
    {
        if (WebUrlParts.IsDoubleDot(segment))
        {
            Parts.Shorten();
            if (!more) Parts.Segments.Add(string.Empty);
        }
        else if (WebUrlParts.IsSingleDot(segment))
        {
            if (!more) Parts.Segments.Add(string.Empty);
        }
        else
        {
            if (Parts.Scheme == "file" && Parts.Segments.Count == 0 && WebUrlParts.IsDriveLetter(segment)) segment = segment[0] + ":";
            Parts.Segments.Add(segment);
        }
    }

    // opaque path state
    private string? Opaque(int at)
    {
        int end = _text.AsSpan(at).IndexOfAny('?', '#');
        end = end < 0 ? _text.Length : at + end;
        string path = WebPercent.Encode(_text.AsSpan(at, end - at), WebPercent.Control);
        // A blank at the end would be dropped when the text is read again.
        if (end < _text.Length && path.EndsWith(' ')) path = path[..^1] + "%20";
        Parts.OpaquePath = path;
        QueryAndFragment(end);
        return null;
    }

    // query state
    private void QueryAndFragment(int at)
    {
        if (At(at) == '?')
        {
            int end = _text.IndexOf('#', at);
            if (end < 0) end = _text.Length;
            Parts.Query = WebPercent.Encode(_text.AsSpan(at + 1, end - at - 1), Parts.IsSpecial ? WebPercent.SpecialQuery : WebPercent.Query);
            at = end;
        }

        Fragment(at);
    }

    // fragment state
    private void Fragment(int at)
    {
        if (At(at) == '#') Parts.Fragment = WebPercent.Encode(_text.AsSpan(at + 1), WebPercent.Fragment);
    }

    private bool TryPort(ReadOnlySpan<char> digits)
    {
        if (digits.IsEmpty) return true;
        int port = 0;
        foreach (char c in digits)
        {
            if (!char.IsAsciiDigit(c)) return false;
            port = (port * 10) + (c - '0');
            if (port > ushort.MaxValue) return false;
        }

        Parts.Port = port == WebUrlParts.DefaultPort(Parts.Scheme) ? null : port;
        return true;
    }

    /// <summary>The colon of the port: not one inside brackets.</summary>
    private static int PortColon(string text)
    {
        bool inside = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '[') inside = true;
            else if (text[i] == ']') inside = false;
            else if (text[i] == ':' && !inside) return i;
        }

        return -1;
    }

    private int SkipSlashes(int at)
    {
        while (at < _text.Length && _text[at] is '/' or '\\') at++;
        return at;
    }

    private bool IsSlash(int at) => At(at) == '/' || (At(at) == '\\' && Parts.IsSpecial);

    private char At(int at) => at < _text.Length ? _text[at] : '\uFFFF';
}
