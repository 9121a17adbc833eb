using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    private Exchange Begin(HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        // A body can go on when its answer is here already, and keeps the token then: only the clock of a request without one serves again.
        bool bodiless = !HasBody(hop);
        PhaseDeadline head = PhaseDeadline.Start(Options.TimeProvider, operation.Deadlines, DeadlinePhase.Command, returned: bodiless, cancellationToken);
        try
        {
#pragma warning disable CA2000 // The request holds nothing of its own: its body is the caller's, who may need it again.
            HttpRequestMessage request = Build(operation, hop, bodiless ? null : BodyOf(operation, hop, head));
#pragma warning restore CA2000
            if (_logger.IsEnabled(LogLevel.Debug)) HttpLog.Sending(_logger, hop.Method.Method, Shown(hop.Url));
            HttpTrace? trace = Options.WireLog is { } log ? new HttpTrace(log, operation) : null;
            trace?.Sent(request);
            return new Exchange(this, hop, request, head, trace);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>
    /// One request under way, until the head of its answer: no policy, but the deadline, the logs and the suite's own failures. It awaits
    /// nothing itself: a state machine more on the way of every request is felt by the small ones.
    /// </summary>
    private readonly struct Exchange(HttpSession session, Hop hop, HttpRequestMessage request, PhaseDeadline head, HttpTrace? trace) : IDisposable
    {
        public Task<HttpResponseMessage> SendAsync() => session._wire.SendAsync(request, hop.Authentication?.Line, head.Token);

        /// <summary>The head of the answer is here.</summary>
        public void Answered(HttpResponseMessage response)
        {
            trace?.Received(response);
            if (session._logger.IsEnabled(LogLevel.Debug)) HttpLog.Answered(session._logger, hop.Method.Method, Shown(hop.Url), (int)response.StatusCode);
        }

        /// <summary>Throws what is to be said of the handler's failure.</summary>
        [DoesNotReturn]
        public void Throw(Exception failure, CancellationToken cancellationToken)
        {
            if (request.Content is RequestBody { SourceFailure: { } source }) ExceptionDispatchInfo.Throw(source);
            if (failure is OperationCanceledException)
            {
                if (head.IsMissed) throw head.Missed(hop.EndPoint, failure);
                if (cancellationToken.IsCancellationRequested) throw new OperationCanceledException(failure.Message, failure, cancellationToken);
            }

            HttpFailures.Rethrow(failure, HttpFailures.Map(failure, hop.EndPoint, session.Options.Limits, inBody: false));
        }

        public void Dispose() => head.Dispose();
    }

    /// <summary>A POST without a body still says so: length 0, and a body that was begun keeps the handler from repeating it by itself.</summary>
    private static bool HasBody(Hop hop) =>
        hop.Content is not null || hop.Method == HttpMethod.Post || hop.Method == HttpMethod.Put || hop.Method == HttpMethod.Patch;

    private static RequestBody BodyOf(HttpOperation operation, Hop hop, PhaseDeadline head) => new(hop.Content, () =>
    {
        operation.BodyIsUnderWay();
        head.Restart();
    })
    {
        KeepsConnection = hop.Authentication?.Line is not null,
    };

    private HttpRequestMessage Build(HttpOperation operation, Hop hop, RequestBody? body)
    {
        var request = new HttpRequestMessage(hop.Method, hop.Url)
        {
            Version = operation.Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = body,
        };
        if (hop.Content is not null) Expect(request, operation, hop.Content);
        if (operation.Call.Deadlines is { } deadlines) request.Options.Set(HttpWire.DeadlinesKey, deadlines);
        foreach ((string name, string value) in operation.Headers)
        {
            if (!hop.CarriesSecrets && operation.IsBound(name)) continue;
            // It is for a proxy alone, and those are in the options with their credentials.
            if (name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase)) continue;
            if (operation.ExpectationFailed && name.Equals("Expect", StringComparison.OrdinalIgnoreCase)) continue;
            if (request.Headers.TryAddWithoutValidation(name, value)) continue;
            if (request.Content is null) continue;
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) RequireLength(value, request.Content);
            request.Content.Headers.Remove(name);
            request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        hop.Authentication?.AddTo(request);
        AddCookies(request, operation, hop);
        bool own = operation.Headers.Count > 0;
        AddDefault(request, own, "User-Agent", UserAgent);
        AddDefault(request, own, "Accept", "*/*");
        // A range counts encoded bytes, if anything is encoded: what is asked for in pieces is asked for as it is.
        AddDefault(request, own, "Accept-Encoding", operation.Decoding.Enabled && !(own && request.Headers.Contains("Range")) ? operation.Decoding.AcceptEncoding : "identity");
        if (body is not null) body.FollowsItsHead = request.Headers.ExpectContinue == true;
        return request;
    }

    /// <summary>A length that is not the body's would end it early or take the next request for its end.</summary>
    private static void RequireLength(string value, HttpContent body)
    {
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length) && (body.Headers.ContentLength ?? length) == length) return;
        throw new ArgumentException("The header Content-Length is not the length of the body.", nameof(value));
    }

    /// <summary>Lets a body wait for the server's word (RFC 9110 §10.1.1), unless a server said that it knows no such thing.</summary>
    private static void Expect(HttpRequestMessage request, HttpOperation operation, HttpContent body)
    {
        if (operation.ExpectationFailed || !operation.Options.Expect.Applies(body, operation.Call.ExpectContinue)) return;
        request.Headers.ExpectContinue = true;
    }

    /// <summary>The same request without the expectation that the server does not meet (RFC 9110 §15.5.18).</summary>
    private Hop? NextAfterExpectation(HttpOperation operation, Hop hop, HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.ExpectationFailed || response.RequestMessage?.Headers.ExpectContinue != true) return null;
        if (!operation.BodyIsReady) return null;
        operation.ExpectationFailed = true;
        HttpLog.ExpectationFailed(_logger, Shown(hop.Url));
        return hop;
    }

    private static readonly string UserAgent = "ProtocolClients/" + (typeof(HttpSession).Assembly.GetName().Version?.ToString(3) ?? "0");

    private static void AddDefault(HttpRequestMessage request, bool own, string name, string value)
    {
        if (!own || !request.Headers.NonValidated.Contains(name)) request.Headers.TryAddWithoutValidation(name, value);
    }

    private static string Shown(Uri url) => ProtocolTelemetry.UrlText(url);
}
