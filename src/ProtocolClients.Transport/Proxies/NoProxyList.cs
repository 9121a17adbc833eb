using System.Globalization;
using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// The hosts of <c>no_proxy</c>, which are reached directly, read as curl documents it: names match themselves and all below
/// them, with or without a leading dot; addresses match exactly or by CIDR; <c>*</c> alone matches all. A port may follow. Pure.
/// </summary>
internal sealed class NoProxyList
{
    private static readonly char[] Separators = [',', ' ', '\t'];

    private readonly List<Entry> _entries = [];
    private readonly bool _all;

    public NoProxyList(string? text)
    {
        string[] parts = (text ?? string.Empty).Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        _all = parts is ["*"];
        foreach (string part in parts)
        {
            if (Read(part) is { } entry) _entries.Add(entry);
        }
    }

    /// <summary>True when the host is reached directly.</summary>
    /// <param name="host">A name or an address, an IPv6 one with or without brackets.</param>
    /// <param name="port">The port.</param>
    public bool Matches(string host, int port)
    {
        if (_all || _entries.Count == 0) return _all;
        bool literal = AddressLiteral.TryParse(host, out IPAddress? address);
        if (literal && address!.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        ReadOnlySpan<char> name = host.AsSpan().TrimEnd('.');
        foreach (Entry entry in _entries)
        {
            if (entry.Port is { } only && only != port) continue;
            if (literal ? entry.Network is { } network && network.Contains(address!) : entry.Network is null && IsBelow(name, entry.Name)) return true;
        }

        return false;
    }

    private static bool IsBelow(ReadOnlySpan<char> name, string entry) =>
        name.EndsWith(entry, StringComparison.OrdinalIgnoreCase)
        && (name.Length == entry.Length || name[name.Length - entry.Length - 1] == '.');

    private static Entry? Read(string text)
    {
        string host = text;
        int? port = null;
        int colon = text.LastIndexOf(':');

        // Two colons without brackets are an IPv6 address and no port.
        if (colon >= 0 && (text[0] == '[' ? text[colon - 1] == ']' : text.IndexOf(':', StringComparison.Ordinal) == colon))
        {
            if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)) return null;
            port = number;
            host = text[..colon];
        }

        int slash = host.IndexOf('/', StringComparison.Ordinal);
        if (AddressLiteral.TryParse(slash < 0 ? host : host.AsSpan(0, slash), out IPAddress? address))
        {
            int full = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32;
            int bits = full;
            if (slash >= 0
                && (!int.TryParse(host.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > full))
            {
                return null;
            }

            return new Entry(string.Empty, new IPNetwork(Masked(address, bits), bits), port);
        }

        host = host.Trim('.');
        return host.Length == 0 || slash >= 0 ? null : new Entry(host, null, port);
    }

    // The platform refuses a network whose host bits are set; no_proxy lists are full of them.
    private static IPAddress Masked(IPAddress address, int bits)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPAddress(bytes);
    }

    private readonly record struct Entry(string Name, IPNetwork? Network, int? Port);
}
