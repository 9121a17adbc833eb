using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The names of parts: those that a later run finds again, and those that nobody needs to find.</summary>
internal static class PartNames
{
    // The longest name of common file systems, less the endings that stand behind a part's own.
    private const int MaxBytes = 255 - 16;

    /// <summary>A random one. Half of it is enough to be alone; a longer one could pass the 255 bytes of a long final name.</summary>
    public static string Hidden() => string.Concat(".", Guid.NewGuid().ToString("N").AsSpan(0, 16), ".part");

    /// <summary>The final name with <c>.part</c> behind it, or <c>.1.part</c> and so on; a hash of it when that would be too long.</summary>
    public static string Of(string name, int number = 0)
    {
        string ending = number == 0 ? ".part" : string.Create(CultureInfo.InvariantCulture, $".{number}.part");
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length + ending.Length <= MaxBytes
            ? name + ending
            : "." + Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16)) + ending;
    }
}
