using System.Text;

namespace ProtocolClients.Testing;

/// <summary>Reads <c>name=value, name="value"</c> (RFC 9110 §11.2) as a strict server does: what is malformed is nothing.</summary>
internal static class DigestFields
{
    private static readonly Dictionary<string, string> Nothing = [];

    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        int at = 0;
        while (true)
        {
            while (at < text.Length && text[at] is (' ' or '\t' or ',')) at++;
            if (at >= text.Length) return fields;
            int equals = text.IndexOf('=', at);
            if (equals < 0) return Nothing;
            string name = text[at..equals].Trim();
            at = equals + 1;
            var value = new StringBuilder();
            if (at < text.Length && text[at] == '"')
            {
                for (at++; at < text.Length && text[at] != '"'; at++)
                {
                    if (text[at] == '\\' && at + 1 < text.Length) at++;
                    value.Append(text[at]);
                }

                if (at >= text.Length) return Nothing;
                at++;
            }
            else
            {
                for (; at < text.Length && text[at] is not (',' or ' ' or '\t'); at++) value.Append(text[at]);
            }

            if (!fields.TryAdd(name, value.ToString())) return Nothing;
        }
    }
}
