namespace ProtocolClients.Testing;

/// <summary>The server certificates that a client must accept or refuse, one kind a reason.</summary>
public enum CertificateKind
{
    /// <summary>Signed by the test authority, in date, for <c>localhost</c>, <c>127.0.0.1</c> and <c>::1</c>.</summary>
    Valid,

    /// <summary>As <see cref="Valid"/>, but it ended yesterday.</summary>
    Expired,

    /// <summary>As <see cref="Valid"/>, but it begins tomorrow.</summary>
    NotYetValid,

    /// <summary>As <see cref="Valid"/>, but for <c>wrong.example</c> only.</summary>
    WrongName,

    /// <summary>For the right names, signed by nobody but itself.</summary>
    SelfSigned,

    /// <summary>For the right names, signed by an authority that bears the test authority's name and is another one.</summary>
    UnknownAuthority,
}
