namespace ProtocolClients;

/// <summary>Which of the two standards reads a URL's text. Where they agree, the results are the same.</summary>
public enum UrlSyntax
{
    /// <summary>
    /// RFC 3986, strictly: what the two standards read differently, or one of them repairs, is refused with the reason. The default, and
    /// right for whatever a program was given by a person or a file of its own.
    /// </summary>
    Strict,

    /// <summary>
    /// The URL Standard (WHATWG), as browsers: blanks around it and line ends in it are dropped, backslashes are slashes, missing
    /// slashes are added, IPv4 addresses may be numbers of any base. For links that browsers follow.
    /// </summary>
    Web,
}
