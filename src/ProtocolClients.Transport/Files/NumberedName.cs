using System.Globalization;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The names that are tried when one is taken.</summary>
public static class NumberedName
{
    private const int MaxBytes = 255;

    /// <summary>The n-th name after a taken one: <c>name (2).ext</c>; the first is the name itself.</summary>
    /// <param name="path">The path that is taken.</param>
    /// <param name="number">How many were taken; 0 for the path itself.</param>
    public static string Of(string path, int number)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (number == 0) return path;
        string name = Path.GetFileName(path);
        // .tar.gz stays together; a name that begins with its only dot has no extension.
        int dot = name.LastIndexOf('.');
        if (dot > 4 && name.AsSpan(0, dot).EndsWith(".tar", StringComparison.OrdinalIgnoreCase)) dot -= 4;
        if (dot <= 0) dot = name.Length;
        string suffix = string.Create(CultureInfo.InvariantCulture, $" ({number})") + name[dot..];
        string stem = name[..dot];
        while (Encoding.UTF8.GetByteCount(stem) + Encoding.UTF8.GetByteCount(suffix) > MaxBytes && stem.Length > 1)
            stem = stem[..^(char.IsLowSurrogate(stem[^1]) ? 2 : 1)];
        return Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, stem + suffix);
    }
}
