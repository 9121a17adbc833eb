using System.Text;

namespace ProtocolClients.Testing;

/// <summary>Who said a line of a <see cref="Transcript"/>.</summary>
public enum TranscriptSide
{
    /// <summary>The client.</summary>
    Client,

    /// <summary>The server.</summary>
    Server,

    /// <summary>Nobody: a fact, such as a fault that struck.</summary>
    Note,
}

/// <summary>One line of a <see cref="Transcript"/>.</summary>
/// <param name="Connection">The number of the connection, from 1.</param>
/// <param name="Side">Who said it.</param>
/// <param name="Text">The line without its end, redacted; what does not print is written <c>\xNN</c>.</param>
public readonly record struct TranscriptLine(long Connection, TranscriptSide Side, string Text)
{
    /// <summary>The line with <c>C:</c> or <c>S:</c> before it.</summary>
    public override string ToString() =>
        Side switch { TranscriptSide.Client => "C: ", TranscriptSide.Server => "S: ", _ => "--- " } + Text;
}

/// <summary>
/// What was said, line by line, above TLS: attach it to a failing test. Secrets are replaced by <c>***</c> before they get
/// here. Keeps the first 10,000 lines and 1 KiB of each, so that a download does not fill it. Safe for many threads.
/// </summary>
public sealed class Transcript
{
    private const int MostLines = 10_000;

    private readonly Lock _gate = new();
    private readonly List<TranscriptLine> _lines = [];
    private readonly List<string> _secrets = [];
    private readonly List<string> _prefixes = [];

    internal Transcript()
    {
    }

    /// <summary>Whether new connections are noted.</summary>
    /// <value>The default is true.</value>
    public bool IsEnabled { get; set; } = true;

    /// <summary>The lines so far, of all connections, in the order in which they ended.</summary>
    public IReadOnlyList<TranscriptLine> Lines
    {
        get
        {
            lock (_gate) return [.. _lines];
        }
    }

    /// <summary>The whole transcript; lines of connections after the first carry the connection's number.</summary>
    public string Text => string.Concat(Lines.Select(static line =>
        line.Connection <= 1 ? $"{line}\n" : $"[{line.Connection}] {line}\n"));

    internal bool IsFull
    {
        get
        {
            lock (_gate) return _lines.Count >= MostLines;
        }
    }

    /// <summary>Prints this text as <c>***</c> from now on, also where it stands in base64 or percent-encoded.</summary>
    /// <param name="secret">The secret; an empty one is ignored.</param>
    public void AddSecret(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (secret.Length == 0) return;
        lock (_gate)
        {
            if (_secrets.Contains(secret)) return;
            _secrets.Add(secret);
            _secrets.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
            string escaped = Uri.EscapeDataString(secret);
            if (!string.Equals(escaped, secret, StringComparison.Ordinal)) _secrets.Add(escaped);

            // The longest first: a secret that contains another is not to leave its rest behind.
            _secrets.Sort(static (a, b) => b.Length.CompareTo(a.Length));
        }
    }

    /// <summary>Prints what follows this beginning of a line as <c>***</c> from now on: <c>PASS </c>, <c>Authorization:</c>.</summary>
    /// <param name="prefix">The beginning, without regard to case.</param>
    public void MaskAfter(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        lock (_gate) _prefixes.Add(prefix);
    }

    /// <summary>Forgets the lines; secrets stay known.</summary>
    public void Clear()
    {
        lock (_gate) _lines.Clear();
    }

    /// <summary>As <see cref="Text"/>.</summary>
    public override string ToString() => Text;

    internal void Add(long connection, TranscriptSide side, string line)
    {
        lock (_gate)
        {
            if (_lines.Count < MostLines) _lines.Add(new TranscriptLine(connection, side, Printable(Redacted(line))));
        }
    }

    private static string Printable(string line)
    {
        if (!line.AsSpan().ContainsAnyExceptInRange(' ', '~')) return line;
        var text = new StringBuilder(line.Length + 16);
        foreach (char c in line)
        {
            if (c is >= ' ' and <= '~' or '\t') text.Append(c);
            else text.Append("\\x").Append(((int)c).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    private string Redacted(string line)
    {
        foreach (string prefix in _prefixes)
        {
            if (line.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                string space = line.AsSpan(prefix.Length).StartsWith(" ") ? " " : "";
                return line[..prefix.Length] + space + "***";
            }
        }

        foreach (string secret in _secrets) line = line.Replace(secret, "***", StringComparison.Ordinal);
        return line;
    }
}
