using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The bytes of SOCKS 4 and 4a (Ying-Da Lee's memos "SOCKS: A protocol for TCP proxy across firewalls" and "SOCKS 4A").</summary>
internal static class Socks4Message
{
    public const int ReplyLength = 8;

    // VN=4 CD=1 DSTPORT(2) DSTIP(4) USERID NUL [ name NUL, when DSTIP = 0.0.0.x ]
    /// <summary>CONNECT to an IPv4 address, or with 4a to a name that the proxy resolves.</summary>
    public static byte[] Connect(IPAddress? address, string? name, int port, string user)
    {
        byte[] id = Encoding.UTF8.GetBytes(user);
        byte[] host = name is null ? [] : Encoding.ASCII.GetBytes(name);
        byte[] message = new byte[9 + id.Length + (name is null ? 0 : host.Length + 1)];
        message[0] = 4;
        message[1] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)port);
        if (name is null) address!.TryWriteBytes(message.AsSpan(4), out _);
        else message[7] = 1;
        id.CopyTo(message, 8);
        host.CopyTo(message, 9 + id.Length);
        return message;
    }

    // VN=0 CD DSTPORT DSTIP
    /// <summary>Null when the reply grants the connection, else why not; false when it is no reply.</summary>
    public static bool TryParseReply(ReadOnlySpan<byte> reply, out byte code)
    {
        code = reply[1];
        return reply[0] == 0 && code is >= 90 and <= 93;
    }

    public static string Reason(byte code) => code switch
    {
        91 => "request rejected or failed",
        92 => "rejected: the proxy cannot reach our identd",
        _ => "rejected: our identd names another user",
    };
}
