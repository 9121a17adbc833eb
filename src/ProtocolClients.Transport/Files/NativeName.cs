using System.Text;

namespace ProtocolClients.Transport;

/// <summary>Paths as the C library takes them.</summary>
internal static class NativeName
{
    /// <summary>How much room a caller lends. On his stack, which the kernel has read before: a fresh page of the heap costs it more than the call.</summary>
    public const int Room = 256;

    /// <summary>The path in UTF-8, with a zero behind it, in the room that is lent if it fits.</summary>
    public static Span<byte> Of(string path, Span<byte> room)
    {
        int length = Encoding.UTF8.GetByteCount(path);
        Span<byte> name = length < room.Length ? room[..(length + 1)] : new byte[length + 1];
        Encoding.UTF8.GetBytes(path, name);
        name[length] = 0;
        return name;
    }
}
