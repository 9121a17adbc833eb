using System.Net.Http.Headers;
using System.Text;
using System.Text.Unicode;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Reads the challenges of an answer.</summary>
internal static class Challenges
{
    public static IReadOnlyList<AuthenticationChallenge> Read(HttpResponseMessage response, string field)
    {
        if (!response.Headers.NonValidated.TryGetValues(field, out HeaderStringValues values)) return [];
        var all = new List<AuthenticationChallenge>(values.Count);
        foreach (string value in values) all.AddRange(AuthenticationChallenge.Parse(Text(value)));
        return all;
    }

    /// <summary>A realm is UTF-8 (RFC 7617 §2.1, RFC 7616 §4); the handler gives a field's bytes as Latin-1.</summary>
    public static string Text(string value)
    {
        if (Ascii.IsValid(value)) return value;
        byte[] bytes = Encoding.Latin1.GetBytes(value);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : value;
    }
}
