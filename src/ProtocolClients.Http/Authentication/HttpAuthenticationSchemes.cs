namespace ProtocolClients;

/// <summary>The ways in which a session may say who it is, when a server offers them.</summary>
[Flags]
public enum HttpAuthenticationSchemes
{
    /// <summary>None: 401 and 407 are answers like any other.</summary>
    None = 0,

    /// <summary>Basic (RFC 7617): the password itself.</summary>
    Basic = 1,

    /// <summary>Digest (RFC 7616) with MD5, SHA-256 and SHA-512-256.</summary>
    Digest = 2,

    /// <summary>Bearer (RFC 6750): a token.</summary>
    Bearer = 4,

    /// <summary>NTLM (MS-NLMP): of a connection; needs HTTP/1.1.</summary>
    Ntlm = 8,

    /// <summary>Negotiate (RFC 4559): Kerberos or NTLM; of a connection, needs HTTP/1.1.</summary>
    Negotiate = 16,

    /// <summary>All of them; of those that a server offers, the strongest is taken.</summary>
    All = Basic | Digest | Bearer | Ntlm | Negotiate,
}
