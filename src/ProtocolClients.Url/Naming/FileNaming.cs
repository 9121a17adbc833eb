namespace ProtocolClients;

/// <summary>Where the name of a downloaded file comes from, when the caller names a folder only.</summary>
public enum FileNaming
{
    /// <summary>
    /// The server's Content-Disposition (RFC 6266), when whoever answers is of the origin that the caller named and the name is one safe
    /// segment; else as <see cref="Url"/>.
    /// </summary>
    ContentDisposition,

    /// <summary>The last segment of the URL that the caller gave, wherever redirects lead; the server has no say.</summary>
    Url,

    /// <summary>
    /// The Content-Disposition of whoever answers, else the last segment of the URL that answered. Any host on the way chooses the name
    /// (CVE-2010-2252, CVE-2016-4971): only of one file in the folder, but of which.
    /// </summary>
    Redirected,
}
