namespace ProtocolClients;

/// <summary>Whether a file says where it came from, by extended attributes (freedesktop.org: <c>user.xdg.origin.url</c>).</summary>
public enum Provenance
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Where the file system can; where it cannot, <see cref="TransferResult.Warnings"/> says so.</summary>
    WhenPossible,

    /// <summary>Where it cannot, there is no file but an <see cref="IOException"/>.</summary>
    Required,
}
