using System.Globalization;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>curl's format of an HSTS store: a host and the time of its end a line, a dot before those that include the names under them.</summary>
internal static class HstsFile
{
    private const string Time = "yyyyMMdd HH:mm:ss";

    public static byte[] Write(IEnumerable<HstsHost> hosts)
    {
        var text = new StringBuilder("# Hosts that are asked over TLS only (RFC 6797), in curl's format. Written by ProtocolClients.\n");
        foreach (HstsHost host in hosts)
        {
            if (host.IncludeSubDomains) text.Append('.');
            string end = host.Expires == DateTimeOffset.MaxValue ? "unlimited" : host.Expires.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{host.Host} \"{end}\"\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static List<HstsHost> Read(ReadOnlySpan<byte> file)
    {
        var hosts = new List<HstsHost>();
        int number = 0;
        foreach (string raw in Encoding.UTF8.GetString(file).Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            string end = blank < 0 ? string.Empty : line[(blank + 1)..].Trim();
            bool all = line[0] == '.';
            if (blank < 0 || end.Length < 2 || end[0] != '"' || end[^1] != '"'
                || !TryTime(end[1..^1], out DateTimeOffset expires)
                || !HostName.TryCanonical(line[(all ? 1 : 0)..blank], out string? host, out _) || CookieHost.IsAddress(host))
            {
                throw new FormatException($"Line {number} of the HSTS file is not a host name and a time in quotes.");
            }

            hosts.Add(new HstsHost(host, all, expires));
        }

        return hosts;
    }

    private static bool TryTime(string text, out DateTimeOffset time)
    {
        time = DateTimeOffset.MaxValue;
        return text is "unlimited"
            || DateTimeOffset.TryParseExact(text, Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }
}
