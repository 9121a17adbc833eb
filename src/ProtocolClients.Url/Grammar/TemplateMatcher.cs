using System.Text;

namespace ProtocolClients;

/// <summary>Finds the values of a template in a text, without going back: a variable ends where what follows it begins.</summary>
internal static class TemplateMatcher
{
    // Each part may look through the text for each of those that follow it.
    private const int MostParts = 100;

    /// <summary>Candidates for the values; the caller proves them by expanding.</summary>
    public static Dictionary<string, string>? Match(TemplatePart[] parts, string text)
    {
        if (parts.Length > MostParts) return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        int at = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Literal is { } literal)
            {
                if (!text.AsSpan(at).StartsWith(literal, StringComparison.Ordinal)) return null;
                at += literal.Length;
                continue;
            }

            if (parts[i].Variables.Any(static variable => variable.Explode || variable.Prefix > 0)) return null;
            int end = EndOf(parts, i, text, at);
            if (end < 0 || !Take(parts[i], text[at..end], values)) return null;
            at = end;
        }

        return at == text.Length ? values : null;
    }

    /// <summary>Where an expression's text ends: at the literal or the operator's character that follows, else at the end.</summary>
    private static int EndOf(TemplatePart[] parts, int index, string text, int start)
    {
        // Its own first character may be the same as that of the next: {/a}{/b}.
        int from = Math.Min(text.Length, start + parts[index].Operator.First.Length);
        for (int next = index + 1; next < parts.Length; next++)
        {
            if (parts[next].Literal is { } literal) return text.IndexOf(literal, start, StringComparison.Ordinal);
            string first = parts[next].Operator.First;
            if (first.Length == 0) return -1;
            int end = text.IndexOf(first, from, StringComparison.Ordinal);
            // A next one that is not there may have been left out.
            if (end >= 0) return end;
        }

        return text.Length;
    }

    private static bool Take(TemplatePart part, string piece, Dictionary<string, string> values)
    {
        if (piece.Length == 0) return true;
        if (!piece.StartsWith(part.Operator.First, StringComparison.Ordinal)) return false;
        // The last one takes the rest: where more separators than that may stand, expanding shows it.
        string[] pieces = piece[part.Operator.First.Length..].Split(part.Operator.Separator, part.Variables.Length);
        int next = 0;
        foreach (string one in pieces)
        {
            int equals = part.Operator.Named ? one.IndexOf('=', StringComparison.Ordinal) : -1;
            string value = part.Operator.Named ? equals < 0 ? string.Empty : one[(equals + 1)..] : one;
            if (part.Operator.Named)
            {
                string name = equals < 0 ? one : one[..equals];
                while (next < part.Variables.Length && part.Variables[next].Name != name) next++;
                if (next == part.Variables.Length) return false;
            }

            string decoded = Encoding.UTF8.GetString(PercentText.Decode(value));
            if (!values.TryAdd(part.Variables[next].Name, decoded) && values[part.Variables[next].Name] != decoded) return false;
            next++;
        }

        return true;
    }
}
