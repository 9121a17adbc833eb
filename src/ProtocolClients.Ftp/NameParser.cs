using System.Text;

namespace ProtocolClients;

/// <summary>The lines of NLST: a name each, or a path.</summary>
internal sealed class NameParser(Encoding encoding) : FtpListParser
{
    public override FtpEntry? Parse(ReadOnlySpan<byte> line) => line.IsEmpty
        ? null
        : new FtpEntry(default, FtpPath.FromBytes(line), encoding) { Path = FtpDirectories.PathOf(line, encoding) };
}
