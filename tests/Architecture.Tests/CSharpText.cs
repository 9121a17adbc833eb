using System.Text;
using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>
/// Enough of the C# lexer to look at code without being fooled by comments and literals: they become blanks, of the same
/// length and with their line breaks kept. The code in the holes of interpolated strings stays.
/// </summary>
internal static partial class CSharpText
{
    // Words that stand before a type or a value, and are not the type of what they stand before.
    private static readonly HashSet<string> Keywords =
    [
        "abstract", "and", "as", "async", "await", "base", "case", "class", "const", "default", "delegate", "do", "else", "enum", "event",
        "explicit", "extern", "file", "fixed", "from", "global", "goto", "if", "implicit", "in", "init", "interface", "internal", "is",
        "let", "lock", "namespace", "new", "not", "on", "operator", "or", "out", "override", "params", "partial", "private", "protected",
        "public", "readonly", "record", "ref", "required", "return", "scoped", "sealed", "select", "set", "stackalloc", "static", "struct",
        "this", "throw", "typeof", "unsafe", "using", "virtual", "volatile", "when", "where", "while", "with", "yield",
    ];

    public static string Blank(string source)
    {
        var output = new StringBuilder(source.Length);
        int at = 0;
        Code(source, ref at, output, inHole: false);
        return output.ToString();
    }

    /// <summary>
    /// The identifiers of blanked code, each with what stands before it when that is a dot; without those that are being
    /// declared (they stand behind a type).
    /// </summary>
    public static IEnumerable<(string Name, string? Qualifier)> Identifiers(string code)
    {
        foreach (Match match in Identifier().Matches(code))
        {
            if (match.Groups["type"] is { Success: true } type && !Keywords.Contains(type.Value)) continue;
            string? qualifier = !match.Groups["dot"].Success ? null : match.Groups["q"].Success ? match.Groups["q"].Value : ".";
            yield return (match.Value, qualifier);
        }
    }

    /// <summary>The types that blanked code declares, with their line span and how deep in braces they stand.</summary>
    public static IEnumerable<(string Name, int Depth, int Lines)> Types(string code)
    {
        foreach (Match match in Declaration().Matches(code))
        {
            int depth = code.AsSpan(0, match.Index).Count('{') - code.AsSpan(0, match.Index).Count('}');
            int end = EndOf(code, match.Index + match.Length);
            yield return (match.Groups["n"].Value, depth, code.AsSpan(match.Index, end - match.Index).Count('\n') + 1);
        }
    }

    private static int EndOf(string code, int from)
    {
        int depth = 0;
        for (int i = from; i < code.Length; i++)
        {
            if (code[i] == ';' && depth == 0) return i;
            if (code[i] is '{' or '(' or '[') depth++;
            if (code[i] is '}' or ')' or ']' && --depth == 0 && code[i] == '}') return i;
        }

        return code.Length;
    }

    private static void Code(string s, ref int at, StringBuilder output, bool inHole)
    {
        int depth = 0;
        while (at < s.Length)
        {
            char c = s[at];
            if (inHole && c == '}' && depth == 0) return;
            if (c is '{' or '(' or '[') depth++;
            if (c is '}' or ')' or ']') depth--;
            if (At(s, at, "//")) Until(s, ref at, output, EndOfLine(s, at));
            else if (At(s, at, "/*")) Until(s, ref at, output, After(s, at + 2, "*/"));
            else if (c == '\'') Until(s, ref at, output, Escaped(s, at + 1, '\''));
            else if (c is '"' or '$' or '@' && StringStart(s, at) is { } start) Literal(s, ref at, output, start);
            else Keep(s, ref at, output);
        }
    }

    private static (int Dollars, bool Verbatim, int Quotes, int Prefix)? StringStart(string s, int at)
    {
        int i = at, dollars = 0;
        bool verbatim = false;
        for (; i < s.Length && s[i] is '$' or '@'; i++)
        {
            if (s[i] == '$') dollars++;
            else verbatim = true;
        }

        int quotes = 0;
        while (i + quotes < s.Length && s[i + quotes] == '"') quotes++;
        return quotes == 0 ? null : (dollars, verbatim, quotes, i - at);
    }

    private static void Literal(string s, ref int at, StringBuilder output, (int Dollars, bool Verbatim, int Quotes, int Prefix) start)
    {
        bool raw = start.Quotes >= 3;
        if (!raw && start.Quotes == 2)
        {
            Until(s, ref at, output, at + start.Prefix + 2);
            return;
        }

        int quotes = raw ? start.Quotes : 1;
        Until(s, ref at, output, at + start.Prefix + quotes);
        string end = new('"', quotes);
        int holeBraces = raw ? Math.Max(start.Dollars, 1) : 1;
        while (at < s.Length)
        {
            if (At(s, at, end) && !(start.Verbatim && At(s, at, "\"\"")))
            {
                Until(s, ref at, output, at + quotes);
                return;
            }

            if (start.Verbatim && At(s, at, "\"\"")) Until(s, ref at, output, at + 2);
            else if (!raw && !start.Verbatim && s[at] == '\\') Until(s, ref at, output, at + 2);
            else if (start.Dollars > 0 && !raw && (At(s, at, "{{") || At(s, at, "}}"))) Until(s, ref at, output, at + 2);
            else if (start.Dollars > 0 && At(s, at, new string('{', holeBraces))) Hole(s, ref at, output, holeBraces);
            else Until(s, ref at, output, at + 1);
        }
    }

    private static void Hole(string s, ref int at, StringBuilder output, int braces)
    {
        Until(s, ref at, output, at + braces);
        Code(s, ref at, output, inHole: true);
        Until(s, ref at, output, at + braces);
    }

    private static bool At(string s, int at, string what) => string.CompareOrdinal(s, at, what, 0, what.Length) == 0;

    private static int EndOfLine(string s, int at) => s.IndexOf('\n', at) is var i and >= 0 ? i : s.Length;

    private static int After(string s, int at, string what) =>
        s.IndexOf(what, at, StringComparison.Ordinal) is var i and >= 0 ? i + what.Length : s.Length;

    private static int Escaped(string s, int at, char quote)
    {
        while (at < s.Length && s[at] != quote) at += s[at] == '\\' ? 2 : 1;
        return Math.Min(at + 1, s.Length);
    }

    private static void Until(string s, ref int at, StringBuilder output, int end)
    {
        for (; at < Math.Min(end, s.Length); at++) output.Append(s[at] == '\n' ? '\n' : ' ');
    }

    private static void Keep(string s, ref int at, StringBuilder output) => output.Append(s[at++]);

    [GeneratedRegex(@"(?<=(?<dot>(?<q>\b[A-Za-z_]\w*)?\s*[?!]?\.\s*)?)(?<=(?<type>\b[A-Za-z_]\w*)[>\]?]*\s+)?\b[A-Za-z_]\w*", RegexOptions.ExplicitCapture)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\b(?:class|interface|enum|struct|record(?:\s+(?:class|struct))?|delegate\s+[\w<>\[\],.? ]+?)\s+(?<n>[A-Z]\w*)\s*(?=[<({:;\s])",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
