namespace ProtocolClients.Testing;

/// <summary>What the lines of LIST look like. SYST goes with it; paths stay as they are, with slashes.</summary>
public enum MockFtpListingStyle
{
    /// <summary>As <c>ls -l</c> writes them.</summary>
    Unix,

    /// <summary>As IIS writes them: <c>01-31-26  03:45PM</c>.</summary>
    Dos,

    /// <summary>As IIS writes them with years of four digits: <c>01-31-2026  03:45PM</c>.</summary>
    DosLongYear,

    /// <summary>OpenVMS: a head and a foot, versions, blocks of 512 bytes, long names on a line of their own.</summary>
    Vms,

    /// <summary>IBM i: owner, size, time, <c>*STMF</c> or <c>*DIR</c>.</summary>
    Os400,

    /// <summary>z/OS, data sets: no sizes, the day of the last use.</summary>
    Zos,

    /// <summary>z/OS, the members of a partitioned data set: no sizes in bytes.</summary>
    ZosMembers,

    /// <summary>HP NonStop (Guardian).</summary>
    NonStop,

    /// <summary>EPLF: made to be parsed, with times in UTC.</summary>
    Eplf,
}
