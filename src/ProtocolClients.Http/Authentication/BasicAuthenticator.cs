using System.Text;

namespace ProtocolClients;

/// <summary>Basic (RFC 7617), in UTF-8.</summary>
internal sealed class BasicAuthenticator(string realm, Credentials credentials, string prefix) : Authenticator("Basic", realm, credentials)
{
    // The same for each request: nothing of it is the request's.
    private ShownCredentials? _shown;

    /// <summary>The paths at or below the last slash of the one that asked (RFC 7617 §2.2).</summary>
    public static string PrefixOf(Uri url) => url.AbsolutePath[..(url.AbsolutePath.LastIndexOf('/') + 1)];

    // credentials = base64(user-id ":" password), in UTF-8   (RFC 7617 §2)
    private static string FieldOf(Credentials credentials)
    {
        if (credentials.User.Contains(':', StringComparison.Ordinal)) throw new ArgumentException("A user name with a colon cannot be sent with Basic (RFC 7617 §2).", nameof(credentials));
        return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials.User + ":" + credentials.Secret!.Reveal()));
    }

    public override int Reach(string path) => path.StartsWith(prefix, StringComparison.Ordinal) ? prefix.Length : -1;

    /// <summary>The same with the wider of two paths, when one is in the other.</summary>
    public BasicAuthenticator? Joined(BasicAuthenticator other)
    {
        if (other.Reach(prefix) >= 0) return other;
        return Reach(other.Prefix) >= 0 ? this : null;
    }

    private string Prefix => prefix;

    public override ValueTask<ShownCredentials> AnswerAsync(AuthenticatedRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_shown ??= new ShownCredentials(this, FieldOf(Credentials)));
}
