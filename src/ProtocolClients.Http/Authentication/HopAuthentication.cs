namespace ProtocolClients;

/// <summary>Who we say we are on one hop, to the origin and to a proxy that is handed the URL.</summary>
internal sealed class HopAuthentication
{
    /// <summary>The value of Authorization; null for none.</summary>
    public string? Authorization { get; set; }

    /// <summary>The value of Proxy-Authorization; null for none.</summary>
    public string? ProxyAuthorization { get; set; }

    /// <summary>Whether the origin was answered already.</summary>
    public bool Challenged { get; init; }

    /// <summary>Whether the proxy was answered already.</summary>
    public bool ProxyChallenged { get; init; }

    public void AddTo(HttpRequestMessage request)
    {
        if (Authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", Authorization);
        if (ProxyAuthorization is not null) request.Headers.TryAddWithoutValidation("Proxy-Authorization", ProxyAuthorization);
    }
}
