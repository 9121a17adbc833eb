using System.Globalization;
using System.Text;

namespace ProtocolClients.Tool;

/// <summary>
/// Text that came from a server, made safe to print: a terminal obeys escape sequences, so every control character and
/// every character that turns the direction of writing is shown as its number instead.
/// </summary>
internal static class TerminalText
{
    public static string Escape(string text)
    {
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (IsSafe(c))
            {
                escaped?.Append(c);
                continue;
            }

            escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
            escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsSafe(char c) =>
        !char.IsControl(c) && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
