using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The names of parts that a later run finds again.</summary>
internal static class PartNames
{
    // The longest name of common file systems, less the endings that stand behind a part's own.
    private const int MaxBytes = 255 - 16;
    private const string Ending = ".part";

    /// <summary>The final name with <c>.part</c> behind it; a hash of it when that would be too long.</summary>
    public static string Of(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length + Ending.Length <= MaxBytes
            ? name + Ending
            : "." + Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16)) + Ending;
    }
}
