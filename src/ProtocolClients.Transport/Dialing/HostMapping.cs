using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One line of a static host map (<c>curl --resolve</c>, <c>--connect-to</c>): a name is dialed at these addresses, and no name server is
/// asked. TLS, the Host field and everything else still see the name; the <see cref="AddressPolicy"/> still judges the addresses.
/// Equal by value: it is part of the key of connection pools.
/// </summary>
/// <remarks>A proxy that is handed names resolves them itself: then the map counts for the proxy's own name only.</remarks>
public sealed record HostMapping
{
    /// <summary>Maps a name.</summary>
    /// <param name="host">The name, brought to its canonical form (UTS #46, lower case).</param>
    /// <param name="addresses">Where it is dialed, one address at least.</param>
    /// <exception cref="ArgumentException">The name is no name, or there is no address.</exception>
    public HostMapping(string host, params ReadOnlySpan<IPAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!HostName.TryCanonical(host, out string? canonical, out string? reason)) throw new ArgumentException(reason, nameof(host));
        if (AddressLiteral.TryParse(canonical, out _)) throw new ArgumentException("An address is dialed as it is; a name is mapped.", nameof(host));
        if (addresses.IsEmpty) throw new ArgumentException("A name is mapped to one address at least.", nameof(addresses));
        Host = canonical;
        Addresses = ValueList.Create(addresses);
    }

    /// <summary>The name in its canonical form.</summary>
    public string Host { get; }

    /// <summary>Where it is dialed; raced as the addresses of a name server are (RFC 8305).</summary>
    public ValueList<IPAddress> Addresses { get; }

    /// <summary>The only port that is mapped; null for all.</summary>
    public int? Port { get; init => field = Checked(value); }

    /// <summary>The port that is dialed instead; null for the same.</summary>
    public int? ToPort { get; init => field = Checked(value); }

    /// <summary>Reads the form of <c>curl --resolve</c>: <c>HOST:PORT:ADDRESS[,ADDRESS]…</c>, <c>*</c> for any port, IPv6 in brackets or not.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It has another form; the message says how.</exception>
    public static HostMapping Parse(string text) => TryParse(text, out HostMapping? mapping, out string? error) ? mapping : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mapping">The mapping, when the text is one.</param>
    /// <param name="error">What is wrong with it otherwise, as a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostMapping? mapping, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        mapping = null;
        error = "A mapping is HOST:PORT:ADDRESS[,ADDRESS].";
        string[] parts = text.Split(':', 3);
        if (parts.Length != 3) return false;
        int? port = null;
        if (parts[1] is not "*")
        {
            error = "The port of a mapping is a number from 1 to 65535, or *.";
            if (!ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0) return false;
            port = number;
        }

        var addresses = new List<IPAddress>();
        foreach (string each in parts[2].Split(','))
        {
            error = "What follows the port of a mapping are IP addresses.";
            if (!AddressLiteral.TryParse(each, out IPAddress? address)) return false;
            addresses.Add(address);
        }

        if (!HostName.TryCanonical(parts[0], out string? host, out error)) return false;
        error = "An address is dialed as it is; a name is mapped.";
        if (AddressLiteral.TryParse(host, out _)) return false;
        mapping = new HostMapping(host, [.. addresses]) { Port = port };
        error = null;
        return true;
    }

    /// <summary>The mapping in the form that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        $"{Host}:{Port?.ToString(CultureInfo.InvariantCulture) ?? "*"}:{string.Join(',', Addresses)}{(ToPort is { } to ? $" (port {to})" : string.Empty)}";

    /// <summary>The first mapping of a host and port; null when it is to be resolved.</summary>
    internal static HostMapping? Find(ValueList<HostMapping> hosts, string canonical, int port)
    {
        for (int i = 0; i < hosts.Count; i++)
        {
            HostMapping mapping = hosts[i];
            if ((mapping.Port is null || mapping.Port == port) && string.Equals(mapping.Host, canonical, StringComparison.Ordinal)) return mapping;
        }

        return null;
    }

    private static int? Checked(int? port) =>
        port is null or (> 0 and <= 65535) ? port : throw new ArgumentOutOfRangeException(nameof(port), port, "A port is from 1 to 65535.");
}
