using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>Reads a URI template (RFC 6570 §2), once from left to right.</summary>
internal ref struct TemplateParser(string text)
{
    private readonly string _text = text;
    private string? _error;

    /// <summary>The parts; null with an error when the template is malformed.</summary>
    public TemplatePart[]? Read(out string? error)
    {
        var parts = new List<TemplatePart>();
        int at = 0;
        while (at < _text.Length && _error is null)
        {
            if (_text[at] != '{')
            {
                int end = _text.IndexOf('{', at);
                if (end < 0) end = _text.Length;
                CheckLiteral(at, end);
                if (_error is null) parts.Add(new TemplatePart(_text[at..end]));
                at = end;
                continue;
            }

            int close = _text.IndexOf('}', at);
            if (close < 0)
            {
                Fail(at, "the brace is never closed");
                break;
            }

            if (Expression(at + 1, close) is { } expression) parts.Add(expression);
            at = close + 1;
        }

        error = _error;
        return error is null ? [.. parts] : null;
    }

    // literals = %x21 / %x23-24 / %x26-3B / %x3D / %x3F-5B / %x5D / %x5F / %x61-7A / %x7E / ucschar / iprivate / pct-encoded
    private void CheckLiteral(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            char c = _text[i];
            if (c == '%')
            {
                if (!PercentText.IsTriplet(_text.AsSpan(i, end - i))) Fail(i, "a percent sign is followed by two hex digits");
            }
            else if (c is <= ' ' or '\x7F' or '"' or '<' or '>' or '\\' or '^' or '`' or '|' or '}')
            {
                Fail(i, c == '}' ? "a brace closes that was not opened" : $"U+{(int)c:X4} stands in no URL (write it percent-encoded)");
            }
            else if (c >= 0x80)
            {
                if (!Rune.TryGetRuneAt(_text, i, out Rune rune)) Fail(i, "it has half a character");
                else if (rune.Value is < 0xA0 or (>= 0xFDD0 and <= 0xFDEF) or (>= 0xFFF0 and <= 0xFFFF)) Fail(i, $"U+{rune.Value:X4} stands in no URL");
                else i += rune.Utf16SequenceLength - 1;
            }

            if (_error is not null) return;
        }
    }

    // expression = "{" [ operator ] variable-list "}"
    private TemplatePart? Expression(int start, int end)
    {
        if (start == end)
        {
            Fail(start, "the braces hold no name");
            return null;
        }

        TemplateOperator? kind = TemplateOperator.Of(_text[start]);
        if (kind is null && _text[start] is '=' or ',' or '!' or '@' or '|')
        {
            Fail(start, $"the operator {_text[start]} is reserved and has no meaning yet");
            return null;
        }

        var variables = new List<TemplateVariable>();
        int at = kind is null ? start : start + 1;
        while (_error is null)
        {
            int comma = _text.IndexOf(',', at, end - at);
            variables.Add(Variable(at, comma < 0 ? end : comma));
            if (comma < 0) break;
            at = comma + 1;
        }

        return _error is null ? new TemplatePart(kind ?? TemplateOperator.None, [.. variables]) : null;
    }

    // varspec = varname [ ":" max-length / "*" ]     varname = varchar *( ["."] varchar )
    private TemplateVariable Variable(int start, int end)
    {
        int at = start;
        bool afterDot = true;
        while (at < end)
        {
            char c = _text[at];
            if (c == '.' && !afterDot)
            {
                afterDot = true;
                at++;
                continue;
            }

            int length = PercentText.IsTriplet(_text.AsSpan(at, end - at)) ? 3 : char.IsAsciiLetterOrDigit(c) || c == '_' ? 1 : 0;
            if (length == 0) break;
            afterDot = false;
            at += length;
        }

        string name = _text[start..at];
        if (at == start) Fail(at, "a name is expected (letters, digits, underscores, dots between them)");
        else if (afterDot) Fail(at - 1, "a name does not end with a dot");
        if (_error is not null || at == end) return new TemplateVariable(name, 0, false);
        if (_text[at] == '*')
        {
            if (at + 1 != end) Fail(at + 1, "nothing follows the star of a name");
            return new TemplateVariable(name, 0, true);
        }

        if (_text[at] == ':')
        {
            ReadOnlySpan<char> digits = _text.AsSpan(at + 1, end - at - 1);
            // max-length = %x31-39 0*3DIGIT
            if (digits.Length is > 0 and <= 4 && digits[0] != '0' && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int prefix))
            {
                return new TemplateVariable(name, prefix, false);
            }

            Fail(at + 1, "the length of a prefix is a number from 1 to 9999");
            return default;
        }

        Fail(at, "a name ends with a comma, a star, a colon and a length, or the brace");
        return default;
    }

    private void Fail(int position, string error) => _error ??= $"{error}, at character {position + 1}";
}
