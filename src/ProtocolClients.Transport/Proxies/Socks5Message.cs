using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The bytes of SOCKS 5 (RFC 1928) and of its user and password (RFC 1929).</summary>
internal static class Socks5Message
{
    public const byte NoAuthentication = 0x00;
    public const byte UserPassword = 0x02;
    public const byte NoAcceptableMethod = 0xFF;

    // RFC 1928 §3: VER NMETHODS METHODS
    public static byte[] Greeting(bool withPassword) => withPassword ? [5, 2, NoAuthentication, UserPassword] : [5, 1, NoAuthentication];

    // RFC 1929 §2: VER=1 ULEN UNAME PLEN PASSWD
    /// <summary>The user and the password; null when either is too long for its one length byte.</summary>
    public static byte[]? Login(string user, string password)
    {
        byte[] name = Encoding.UTF8.GetBytes(user);
        byte[] secret = Encoding.UTF8.GetBytes(password);
        if (name.Length is 0 or > 255 || secret.Length > 255) return null;
        return [1, (byte)name.Length, .. name, (byte)secret.Length, .. secret];
    }

    // RFC 1928 §4: VER CMD=1 RSV ATYP DST.ADDR DST.PORT
    public static byte[] Connect(IPAddress? address, string? name, int port)
    {
        byte[] host = address?.GetAddressBytes() ?? Encoding.ASCII.GetBytes(name!);
        if (address is null && host.Length > 255) throw new ArgumentException("RFC 1928 §5: a name has at most 255 bytes.", nameof(name));
        byte[] head = address is null ? [5, 1, 0, 3, (byte)host.Length]
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? [5, 1, 0, 4] : [5, 1, 0, 1];
        byte[] message = [.. head, .. host, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(message.Length - 2), (ushort)port);
        return message;
    }

    /// <summary>How many bytes follow the first five of a reply, whose fifth is the length of a name; -1 for an unknown address type.</summary>
    public static int RestOfReply(ReadOnlySpan<byte> head) => head[3] switch
    {
        1 => 4 - 1 + 2,
        4 => 16 - 1 + 2,
        3 => head[4] + 2,
        _ => -1,
    };

    // RFC 1928 §6
    public static string Reason(byte code) => code switch
    {
        1 => "general failure",
        2 => "not allowed by the proxy's rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => $"reply code {code}",
    };
}
