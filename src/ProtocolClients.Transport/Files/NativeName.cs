using System.Text;

namespace ProtocolClients.Transport;

/// <summary>Paths as the C library takes them.</summary>
internal static class NativeName
{
    /// <summary>The path in UTF-8, with a zero behind it.</summary>
    public static byte[] Of(string path)
    {
        byte[] name = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, name);
        return name;
    }
}
