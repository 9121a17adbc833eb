using System.Collections.Frozen;

namespace ProtocolClients;

/// <summary>Commands that a caller may not send as lines of his own: they move data, or change what a connection is known to be.</summary>
internal static class FtpReserved
{
    private static readonly FrozenSet<string> Verbs = new[]
    {
        "RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD", "PORT", "PASV", "EPRT", "EPSV", "LPRT", "LPSV", "REST", "ABOR", "TYPE", "MODE", "STRU",
        "AUTH", "PBSZ", "PROT", "CCC", "ADAT", "MIC", "CONF", "ENC", "USER", "PASS", "ACCT", "REIN", "QUIT", "CWD", "CDUP", "XCWD", "XCUP", "SMNT", "HOST",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool Contains(string verb) => Verbs.Contains(verb);
}
