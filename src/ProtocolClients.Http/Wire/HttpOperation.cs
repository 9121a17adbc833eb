using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One operation of a session, as the caller named it: what every attempt starts from.</summary>
internal sealed class HttpOperation
{
    private static readonly string[] BoundHeaders = ["Authorization", "Cookie", "Proxy-Authorization", "Referer", "Host"];

    // Read by all, changed by none.
    private static readonly List<KeyValuePair<string, string>> NoHeaders = [];

    private int _sent;

    public HttpOperation(HttpMethod method, HttpTarget target, HttpContent? content, HttpRequestMessage? message, HttpCallOptions call, HttpSessionOptions options)
    {
        Options = options;
        Method = method;
        Target = target;
        Content = content;
        Call = call;
        Redirects = call.Redirects ?? options.Redirects;
        Decoding = call.Decoding ?? options.Decoding;
        Headers = Merge(message, call, options);
        Credentials = target.Credentials ?? (options.BaseAddress is null || UrlText.SameOrigin(options.BaseAddress, target.Url) ? options.Credentials : null);
        Deadlines = call.Deadlines ?? options.Deadlines;
        Version = call.Version ?? (message is not null && message.Version != System.Net.HttpVersion.Version11 ? message.Version : options.Version);
        // Whatever the caller says: what is gone cannot be sent again.
        bool again = RequestBody.IsReplayable(content);
        Replay = again ? call.Replay ?? ReplayOf(method) : Replay.Never;
    }

    /// <summary>The session's ways.</summary>
    public HttpSessionOptions Options { get; }

    public HttpMethod Method { get; }

    public HttpTarget Target { get; }

    public Uri Url => Target.Url;

    public HttpContent? Content { get; }

    public HttpCallOptions Call { get; }

    public RedirectPolicy Redirects { get; }

    public DecodingOptions Decoding { get; }

    public Deadlines Deadlines { get; }

    public Credentials? Credentials { get; }

    public Version Version { get; }

    /// <summary>False when a peer, not the caller, named the URL on another origin (a link to the next page): secrets stay behind from the start.</summary>
    public bool CarriesSecrets { get; init; } = true;

    public Replay Replay { get; }

    public List<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The clock of the whole operation; null when there is none.</summary>
    public PhaseDeadline? Transfer { get; set; }
    /// <summary>Whether a server said that it knows nothing of <c>Expect</c>.</summary>
    public bool ExpectationFailed { get; set; }

    /// <summary>Whether the beginning of a refusal's body is read ahead, for the exception that may come of it.</summary>
    public bool TakesExcerpt { get; init; } = true;

    /// <summary>The live answer of a transient status, kept for the case that no attempt is left.</summary>
    public HttpReply? Held { get; set; }

    /// <summary>
    /// Whether it may be under way several times at once: repeatable as for retries, and safe (RFC 9110 §9.2.1) or called repeatable by the
    /// caller, who knows what it means that two of them are applied beside one another.
    /// </summary>
    public bool MayBeHedged => Replay == Replay.Always
        && (Call.Replay == Replay.Always || Method == HttpMethod.Get || Method == HttpMethod.Head || Method == HttpMethod.Options || Method == HttpMethod.Trace)
        && RequestBody.IsShareable(Content);

    /// <summary>The same operation for another request beside this one: what an attempt writes down is its own.</summary>
    public HttpOperation Copy()
    {
        var copy = (HttpOperation)MemberwiseClone();
        copy.Held = null;
        return copy;
    }

    /// <summary>True when the body can go out now: for the first time, or again.</summary>
    public bool BodyIsReady => Volatile.Read(ref _sent) == 0 || RequestBody.IsReplayable(Content);

    /// <summary>Called when the body starts to be sent.</summary>
    public void BodyIsUnderWay() => Volatile.Write(ref _sent, 1);

    /// <summary>Whether a header is shown as *** in logs and stays with the origin that it was given for.</summary>
    public bool IsSecret(string name) => IsOneOf(name, BoundHeaders.AsSpan(0, 3)) || IsMarked(name);

    /// <summary>Whether a header stays behind when a redirect leaves the origin.</summary>
    public bool IsBound(string name) => IsOneOf(name, BoundHeaders) || IsMarked(name);

    private static bool IsOneOf(string name, ReadOnlySpan<string> names)
    {
        foreach (string one in names)
        {
            if (string.Equals(one, name, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>RFC 9110 §9.2.2: what ends in the same state may be repeated; what may not have been applied may be sent if it was not.</summary>
    private static Replay ReplayOf(HttpMethod method)
    {
        if (method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace
            || method == HttpMethod.Put || method == HttpMethod.Delete)
        {
            return Replay.Always;
        }

        return Replay.IfNotApplied;
    }

    private static List<KeyValuePair<string, string>> Merge(HttpRequestMessage? message, HttpCallOptions call, HttpSessionOptions options)
    {
        if (message is null && call.Headers.Count == 0 && options.Headers.Count == 0) return NoHeaders;
        var headers = new List<KeyValuePair<string, string>>(8);
        if (message is not null)
        {
            foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in message.Headers.NonValidated)
            {
                foreach (string value in values)
                {
                    HttpText.RequireField(name, value, nameof(message));
                    headers.Add(new(name, value));
                }
            }
        }

        AddMissing(headers, call.Headers);
        AddMissing(headers, options.Headers);
        return headers;
    }

    private static void AddMissing(List<KeyValuePair<string, string>> headers, ValueList<(string Name, string Value)> further)
    {
        int known = headers.Count;
        foreach ((string name, string value) in further)
        {
            bool taken = false;
            for (int i = 0; i < known && !taken; i++) taken = string.Equals(headers[i].Key, name, StringComparison.OrdinalIgnoreCase);
            if (!taken) headers.Add(new(name, value));
        }
    }

    private bool IsMarked(string name)
    {
        foreach (string marked in Options.SecretHeaders)
        {
            if (string.Equals(marked, name, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
