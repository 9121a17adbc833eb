using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Reads the words of a netrc. Pure and linear.</summary>
internal ref struct NetrcText
{
    public const int MaxLength = 1024 * 1024;

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _line;

    private NetrcText(ReadOnlySpan<char> text)
    {
        _text = text;
        _line = 1;
    }

    public static List<NetrcEntry> Read(string text)
    {
        if (text.Length > MaxLength) throw new FormatException($"A netrc has at most {MaxLength} characters.");
        var reader = new NetrcText(text);
        var entries = new List<NetrcEntry>();
        while (reader.Keyword() is { } keyword)
        {
            switch (keyword)
            {
                case "machine":
                    entries.Add(new NetrcEntry(HostOf(reader.Value(keyword)), string.Empty, null));
                    break;
                case "default":
                    entries.Add(new NetrcEntry(null, string.Empty, null));
                    break;
                case "macdef":
                    reader.Value(keyword);
                    reader.SkipMacro();
                    break;
                case "login" or "user" or "password" or "account":
                    if (entries.Count == 0) throw reader.Malformed($"{keyword} before machine or default");
                    string value = reader.Value(keyword);
                    NetrcEntry last = entries[^1];
                    entries[^1] = keyword switch
                    {
                        "password" => last with { Password = new Secret(value) },
                        "account" => last,
                        _ => last with { Login = value },
                    };
                    break;
                default:
                    throw reader.Malformed("not a keyword (machine, default, login, user, password, account, macdef)");
            }
        }

        return entries;
    }

    /// <summary>A host as entries and look-ups compare it.</summary>
    public static string HostOf(string host) =>
        HostName.TryCanonical(host, out string? canonical, out _) ? canonical.TrimEnd('.') : host.ToLowerInvariant();

    private string? Keyword()
    {
        while (true)
        {
            SkipBlanks();
            if (_at >= _text.Length) return null;
            if (_text[_at] != '#') return Word();
            while (_at < _text.Length && _text[_at] != '\n') _at++;
        }
    }

    private string Value(string keyword)
    {
        SkipBlanks();
        return _at < _text.Length ? Word() : throw Malformed($"{keyword} without a value");
    }

    private string Word()
    {
        if (_text[_at] != '"')
        {
            int start = _at;
            while (_at < _text.Length && !IsBlank(_text[_at])) _at++;
            return _text[start.._at].ToString();
        }

        var word = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == '"')
            {
                _at++;
                return word.ToString();
            }

            if (c is '\n' or '\r') break;
            if (c == '\\' && _at + 1 < _text.Length)
            {
                c = _text[++_at] switch
                {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    char other => other,
                };
            }

            word.Append(c);
        }

        throw Malformed("a quotation mark without its end");
    }

    // A macro ends with an empty line, or with the file.
    private void SkipMacro()
    {
        while (_at < _text.Length)
        {
            int end = _text[_at..].IndexOf('\n');
            _at = end < 0 ? _text.Length : _at + end + 1;
            _line++;
            ReadOnlySpan<char> rest = _text[_at..];
            if (rest.StartsWith("\n") || rest.StartsWith("\r\n")) return;
        }
    }

    private void SkipBlanks()
    {
        for (; _at < _text.Length && IsBlank(_text[_at]); _at++)
        {
            if (_text[_at] == '\n') _line++;
        }
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n' or '\uFEFF';

    private readonly FormatException Malformed(string reason) => new($"The netrc is malformed at line {_line}: {reason}.");
}
