using System.Globalization;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The head of a proxy's answer to CONNECT (RFC 9112 §4, §5): status, reason and fields. Pure.</summary>
internal sealed class ConnectResponse
{
    private readonly List<(string Name, string Value)> _fields = [];

    public int Status { get; private init; }

    public string Reason { get; private init; } = string.Empty;

    private bool IsOld { get; init; }

    /// <summary>The values of a field, in order.</summary>
    public IEnumerable<string> this[string name] =>
        _fields.Where(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    /// <summary>What the proxy asks for, or says last.</summary>
    public IReadOnlyList<AuthenticationChallenge> Challenges => [.. this["Proxy-Authenticate"].SelectMany(AuthenticationChallenge.Parse)];

    /// <summary>True when the proxy closes after this answer (RFC 9112 §9.3).</summary>
    public bool Closes => IsOld || this["Connection"].Concat(this["Proxy-Connection"]).Any(value => Lists(value, "close"));

    /// <summary>The length of the body that follows; null when only the connection's end tells it, or chunks do.</summary>
    public long? BodyLength
    {
        get
        {
            if (this["Transfer-Encoding"].Any()) return null;
            List<string> lengths = [.. this["Content-Length"].Distinct(StringComparer.Ordinal)];
            return lengths.Count == 1 && long.TryParse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;
        }
    }

    /// <summary>The length of the head at the start of the bytes, its empty line included; -1 when it is not whole yet.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="searched">How many of them were searched before; moved on, so that no byte is searched twice.</param>
    public static int EndOfHead(ReadOnlySpan<byte> bytes, ref int searched)
    {
        // An empty line is LF, then LF or CR LF: lines may end in a bare LF (RFC 9112 §2.2).
        for (int at = searched; ;)
        {
            int next = bytes[at..].IndexOf((byte)'\n');
            if (next < 0)
            {
                searched = bytes.Length;
                return -1;
            }

            int line = at + next;
            ReadOnlySpan<byte> rest = bytes[(line + 1)..];
            if (rest.StartsWith("\n"u8)) return line + 2;
            if (rest.StartsWith("\r\n"u8)) return line + 3;
            if (rest.IsEmpty || rest is [(byte)'\r'])
            {
                searched = line;
                return -1;
            }

            at = line + 1;
        }
    }

    // status-line = HTTP-version SP status-code SP [ reason-phrase ]; field-line = field-name ":" OWS field-value OWS
    /// <summary>Reads a whole head; null when it is none. Folded lines are refused (RFC 9112 §5.2).</summary>
    /// <param name="head">The head with its empty line.</param>
    /// <param name="limits">Their <see cref="WireLimits.Line"/> and <see cref="WireLimits.Lines"/> are enforced.</param>
    /// <exception cref="WireLimitException">A line is too long, or there are too many.</exception>
    public static ConnectResponse? Parse(ReadOnlySpan<byte> head, WireLimits limits)
    {
        ConnectResponse? response = null;
        int lines = 0;
        while (!head.IsEmpty)
        {
            int end = head.IndexOf((byte)'\n');
            if (end < 0) return null;
            if (end + 1 > limits.Line) throw new WireLimitException(nameof(WireLimits.Line), limits.Line);
            ReadOnlySpan<byte> line = head[..end];
            head = head[(end + 1)..];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (line.IsEmpty) return response;
            if (line.ContainsAny((byte)'\r', (byte)'\0')) return null;
            if (response is null)
            {
                if ((response = StatusLine(line)) is null) return null;
                continue;
            }

            if (++lines > limits.Lines) throw new WireLimitException(nameof(WireLimits.Lines), limits.Lines);
            int colon = line.IndexOf((byte)':');
            if (colon < 1 || line[..colon].ContainsAny(" \t"u8)) return null;
            response._fields.Add((Encoding.ASCII.GetString(line[..colon]), Encoding.UTF8.GetString(line[(colon + 1)..]).Trim(' ', '\t')));
        }

        return null;
    }

    private static ConnectResponse? StatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[8] != ' ' || (line.Length > 12 && line[12] != ' ')) return null;
        int status = 0;
        foreach (byte digit in line[9..12])
        {
            if (!char.IsAsciiDigit((char)digit)) return null;
            status = (status * 10) + (digit - '0');
        }

        if (status is < 100 or > 599) return null;
        string reason = Encoding.UTF8.GetString(line[12..]).Trim();
        return new ConnectResponse { Status = status, Reason = reason.Length > 200 ? reason[..200] : reason, IsOld = line[7] == '0' };
    }

    private static bool Lists(string value, string token) =>
        value.Split(',', StringSplitOptions.TrimEntries).Contains(token, StringComparer.OrdinalIgnoreCase);
}
