using System.Buffers;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// Judges names that a server chose (a URL's last segment, Content-Disposition, a directory listing) before they touch
/// the file system. A name is one segment that means the same on every system, or it is refused; it is never rewritten.
/// </summary>
public static class SafeFileName
{
    private const int MaxBytes = 255;

    private static readonly SearchValues<char> Special = SearchValues.Create("<>\"|?*");

    /// <summary>True when the name can be used as a file name below a folder of ours.</summary>
    /// <param name="name">The name as the server gave it, already percent-decoded.</param>
    public static bool IsSafe(string? name) => Objection(name) is null;

    /// <summary>The name itself, when it is safe.</summary>
    /// <param name="name">The name as the server gave it, already percent-decoded.</param>
    /// <exception cref="ArgumentException">The name leaves its folder, or means something else on some system; the message says which.</exception>
    public static string Require(string? name) =>
        Objection(name) is { } objection
            ? throw new ArgumentException($"The server's name for the file is refused: {objection}.", nameof(name))
            : name!;

    private static string? Objection(string? name)
    {
        if (string.IsNullOrEmpty(name)) return "it is empty";
        if (name is "." or "..") return "it names a folder";
        if (name.AsSpan().ContainsAny('/', '\\')) return "it has a path separator";
        // A colon is a drive, or an alternate data stream, on Windows.
        if (name.Contains(':', StringComparison.Ordinal)) return "it has a colon";
        foreach (char c in name)
        {
            if (char.IsControl(c)) return "it has a control character";
            // A name ending in exe is shown as one ending in jpg.
            if (IsBidirectional(c)) return "it has a character that turns the direction of writing";
        }

        if (name[^1] is '.' or ' ' || name[0] == ' ') return "it begins or ends with a blank, or ends with a dot";
        if (name.AsSpan().ContainsAny(Special)) return "it has a character that is a wildcard or a pipe elsewhere";
        if (IsDevice(name)) return "it is the name of a device";
        return Encoding.UTF8.GetByteCount(name) > MaxBytes ? "it is longer than 255 bytes" : null;
    }

    private static bool IsBidirectional(char c) => c is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    /// <summary>CON, NUL, COM1 … are devices on Windows, with any extension.</summary>
    private static bool IsDevice(string name)
    {
        ReadOnlySpan<char> stem = name.AsSpan();
        int dot = stem.IndexOf('.');
        if (dot >= 0) stem = stem[..dot];
        stem = stem.TrimEnd(' ');
        if (stem.Length == 3)
        {
            return stem.Equals("CON", StringComparison.OrdinalIgnoreCase) || stem.Equals("PRN", StringComparison.OrdinalIgnoreCase)
                || stem.Equals("AUX", StringComparison.OrdinalIgnoreCase) || stem.Equals("NUL", StringComparison.OrdinalIgnoreCase);
        }

        return stem.Length == 4 && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³')
            && (stem[..3].Equals("COM", StringComparison.OrdinalIgnoreCase) || stem[..3].Equals("LPT", StringComparison.OrdinalIgnoreCase));
    }
}
