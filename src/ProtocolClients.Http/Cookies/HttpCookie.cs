namespace ProtocolClients;

/// <summary>To which requests a cookie goes, by the site that they come from (RFC 6265bis §5.6.7).</summary>
public enum CookieSameSite
{
    /// <summary>The server did not say: what <see cref="CookiePolicy.DefaultSameSite"/> says.</summary>
    Default,

    /// <summary>To all; only secure cookies may be so.</summary>
    None,

    /// <summary>To those of its own site, and to safe top-level ones of others.</summary>
    Lax,

    /// <summary>To those of its own site.</summary>
    Strict,
}

/// <summary>One cookie of a <see cref="CookieJar"/>. Its value is a secret: <see cref="ToString"/> does not show it.</summary>
/// <remarks>Text is bytes: each character is one byte up to 0xFF, as they came from the server and go back to it.</remarks>
/// <param name="Name">The name; empty for the rare cookie without one.</param>
/// <param name="Value">The value, as it was sent: quotes are part of it.</param>
public sealed record HttpCookie(string Name, string Value)
{
    /// <summary>The host or domain that it is for, in lower case and A-labels, without a dot in front.</summary>
    public string Domain { get; init; } = string.Empty;

    /// <summary>Whether it is for that host alone, not for those under it.</summary>
    public bool HostOnly { get; init; } = true;

    /// <summary>The path that it is for, and all below.</summary>
    public string Path { get; init; } = "/";

    /// <summary>When it ends; null for the end of the session.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether it goes over TLS only.</summary>
    public bool Secure { get; init; }

    /// <summary>Whether scripts of a page may not see it: kept for those who ask, of no effect here.</summary>
    public bool HttpOnly { get; init; }

    /// <summary>To which requests of other sites it goes.</summary>
    public CookieSameSite SameSite { get; init; }

    /// <summary>When it was first set; the jar sets it when it is left out.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>All but the value.</summary>
    public override string ToString() => $"{Name}=***; {(HostOnly ? "host" : "domain")} {Domain}; path {Path}{(Secure ? "; secure" : string.Empty)}";
}
