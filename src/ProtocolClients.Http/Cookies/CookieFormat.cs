namespace ProtocolClients;

/// <summary>How a jar stands in a file.</summary>
public enum CookieFormat
{
    /// <summary>JSON when the file's name ends in <c>.json</c>, else cookies.txt.</summary>
    ByName,

    /// <summary>Netscape's cookies.txt, which curl, wget, yt-dlp and Python read. It has no SameSite and no times of creation.</summary>
    CookiesTxt,

    /// <summary>JSON with all that a cookie has.</summary>
    Json,
}
