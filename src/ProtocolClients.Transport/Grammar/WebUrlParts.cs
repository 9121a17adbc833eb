using System.Text;

namespace ProtocolClients.Transport;

/// <summary>A URL while it is being read (WHATWG URL Standard §4.1).</summary>
internal sealed class WebUrlParts
{
    public string Scheme { get; set; } = string.Empty;

    public StringBuilder UserName { get; } = new();

    public StringBuilder Password { get; } = new();

    public string? Host { get; set; }

    public int? Port { get; set; }

    public List<string> Segments { get; } = [];

    /// <summary>The path of a URL that has no segments; null for one that has.</summary>
    public string? OpaquePath { get; set; }

    public string? Query { get; set; }

    public string? Fragment { get; set; }

    public bool IsSpecial => IsSpecialScheme(Scheme);

    public bool HasCredentials => UserName.Length > 0 || Password.Length > 0;

    public static bool IsSpecialScheme(string scheme) => scheme is "http" or "https" or "ws" or "wss" or "ftp" or "file";

    public static int? DefaultPort(string scheme) => scheme switch
    {
        "http" or "ws" => 80,
        "https" or "wss" => 443,
        "ftp" => 21,
        _ => null,
    };

    public void TakeAuthority(WebUrl from)
    {
        UserName.Append(from.UserName);
        Password.Append(from.Password);
        Host = from.Host;
        Port = from.Port;
    }

    public void TakePath(WebUrl from)
    {
        Segments.Clear();
        Segments.AddRange(from.Segments);
        OpaquePath = from.IsOpaque ? from.Path : null;
    }

    /// <summary>Removes the last segment, but never a drive letter (§4.2, shorten).</summary>
    public void Shorten()
    {
        if (Scheme == "file" && Segments.Count == 1 && IsNormalDriveLetter(Segments[0])) return;
        if (Segments.Count > 0) Segments.RemoveAt(Segments.Count - 1);
    }

    public static bool IsDriveLetter(ReadOnlySpan<char> text) => text.Length == 2 && char.IsAsciiLetter(text[0]) && text[1] is ':' or '|';

    public static bool IsNormalDriveLetter(ReadOnlySpan<char> text) => text.Length == 2 && char.IsAsciiLetter(text[0]) && text[1] == ':';

    public static bool StartsWithDriveLetter(ReadOnlySpan<char> text) =>
        text.Length >= 2 && IsDriveLetter(text[..2]) && (text.Length == 2 || text[2] is '/' or '\\' or '?' or '#');

    public static bool IsSingleDot(string segment) => segment == "." || segment.Equals("%2e", StringComparison.OrdinalIgnoreCase);

    public static bool IsDoubleDot(string segment) =>
        segment == ".." || segment.Equals(".%2e", StringComparison.OrdinalIgnoreCase)
        || segment.Equals("%2e.", StringComparison.OrdinalIgnoreCase) || segment.Equals("%2e%2e", StringComparison.OrdinalIgnoreCase);
}
