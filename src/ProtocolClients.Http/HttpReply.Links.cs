namespace ProtocolClients;

public sealed partial class HttpReply
{
    /// <summary>The links of the head (RFC 8288), resolved against <see cref="FinalUrl"/>; read anew at each call, empty when there are none.</summary>
    public IReadOnlyList<HttpLink> Links => LinkHeader.Parse(Headers.All("Link"), FinalUrl);
}
