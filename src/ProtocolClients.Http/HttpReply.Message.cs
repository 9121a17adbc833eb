using System.Net.Http.Headers;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpReply
{
    /// <summary>
    /// This reply as the platform's own message, which takes it over: disposing the message disposes the reply. Trailers appear in it
    /// when the body ends, since the handler writes them into the same object.
    /// </summary>
    internal HttpResponseMessage ToMessage(HttpRequestMessage asked)
    {
        HttpRequestMessage? sent = _response.RequestMessage;
        _response.RequestMessage = History.Count == 0 || sent is null ? asked : Final(asked, sent);
        _response.Content = new ReplyContent(this, Open(), _content.Headers, _isDecoded);
        return _response;
    }

    /// <summary>
    /// The last request of a chain, for those who look up where the answer comes from. The caller's own message is not changed, so that it
    /// can be sent again to where it says; and what we added to prove who we are stays with us.
    /// </summary>
    private HttpRequestMessage Final(HttpRequestMessage asked, HttpRequestMessage sent)
    {
        var final = new HttpRequestMessage(sent.Method, FinalUrl) { Version = asked.Version, VersionPolicy = asked.VersionPolicy };
        foreach (KeyValuePair<string, HeaderStringValues> header in sent.Headers.NonValidated)
        {
            if (!_operation.IsSecret(header.Key)) final.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        foreach (KeyValuePair<string, object?> option in asked.Options) ((IDictionary<string, object?>)final.Options)[option.Key] = option.Value;
        return final;
    }
}
