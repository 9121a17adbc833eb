using System.Text;

namespace ProtocolClients;

/// <summary>The lines of NLST: a name each, or a path.</summary>
internal sealed class NameParser(Encoding encoding) : FtpListParser
{
    public override FtpEntry? Parse(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) return null;
        // The server's fault, not the caller's.
        if (ListText.HasControls(line)) throw ListText.Controls();
        return new FtpEntry(default, FtpPath.FromBytes(line), encoding) { Path = FtpDirectories.PathOf(line, encoding) };
    }
}
