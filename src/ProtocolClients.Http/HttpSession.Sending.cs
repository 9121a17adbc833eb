using System.Collections.Concurrent;
using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>Origins that asked for Basic and got it: the next request brings it along (RFC 7617 §2.2).</summary>
    private readonly ConcurrentDictionary<string, bool> _basicOrigins = new(StringComparer.Ordinal);

    /// <summary>Where one request of an operation goes, and what it may carry there.</summary>
    private readonly record struct Hop(HttpMethod Method, Uri Url, HttpContent? Content, bool CarriesSecrets, bool Challenged, bool ProxyChallenged = false);

    private async Task<HttpReply> SendAsync(HttpOperation operation, CancellationToken cancellationToken)
    {
        PhaseDeadline? transfer = Options.Deadlines.Transfer == Timeout.InfiniteTimeSpan
            ? null
            : PhaseDeadline.Start(Options.TimeProvider, Options.Deadlines, DeadlinePhase.Transfer, cancellationToken);
        EndPoint endPoint = UrlText.EndPointOf(operation.Url);
        using var scope = new OperationScope(HttpTelemetry.Instance, HttpTelemetry.NameOf(operation.Method), endPoint, Options.TimeProvider);
        scope.SetUrl(operation.Url);
        scope.SetTag("http.request.method", HttpTelemetry.NameOf(operation.Method));
        bool kept = false;
        try
        {
            HttpReply reply = await _resilience.RunAsync(
                operation.Replay,
                endPoint,
                static (state, token) => state.Session.AttemptAsync(state.Operation, state.Transfer, token),
                (Session: this, Operation: operation, Transfer: transfer),
                transfer?.Token ?? cancellationToken).ConfigureAwait(false);
            kept = true;
            HttpTelemetry.Answered(scope, reply);
            return reply;
        }
        catch (HttpStatusException) when (operation.Held is { } held)
        {
            // The last attempt's refusal is an answer as any other: the caller sees the reply.
            operation.Held = null;
            kept = true;
            HttpTelemetry.Answered(scope, held);
            return held;
        }
        catch (OperationCanceledException cause) when (transfer is { IsMissed: true })
        {
            TransportException missed = transfer.Missed(endPoint, cause);
            scope.Fail(missed);
            throw missed;
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            throw;
        }
        finally
        {
            operation.Held?.Dispose();
            if (!kept) transfer?.Dispose();
        }
    }

    private async ValueTask<HttpReply> AttemptAsync(HttpOperation operation, PhaseDeadline? transfer, CancellationToken cancellationToken)
    {
        operation.Held?.Dispose();
        operation.Held = null;
        var history = new List<HttpHop>();
        var hop = new Hop(operation.Method, operation.Url, operation.Content, CarriesSecrets: true, Challenged: false);
        while (true)
        {
            HttpResponseMessage response = await ExchangeAsync(operation, hop, cancellationToken).ConfigureAwait(false);
            bool handedOn = false;
            try
            {
                HttpFraming.Check(response, UrlText.EndPointOf(hop.Url), Options.Limits);
                Hop? next = NextAfterChallenge(operation, hop, response) ?? NextAfterRedirect(operation, hop, response, history);
                if (next is { } further)
                {
                    hop = further;
                    continue;
                }

                HttpReply reply = await HttpReply.CreateAsync(response, hop.Url, history, Options, operation.Decoding, transfer, cancellationToken).ConfigureAwait(false);
                handedOn = true;
                if (!HttpStatusException.IsTransientStatus(reply.Status)) return reply;
                operation.Held = reply;
                throw reply.Refusal();
            }
            finally
            {
                if (!handedOn) response.Dispose();
            }
        }
    }

    private async ValueTask<HttpResponseMessage> ExchangeAsync(HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        EndPoint endPoint = UrlText.EndPointOf(hop.Url);
        string? authorization = await AuthorizationAsync(operation, hop, cancellationToken).ConfigureAwait(false);
        using PhaseDeadline head = PhaseDeadline.Start(Options.TimeProvider, Options.Deadlines, DeadlinePhase.Command, cancellationToken);
#pragma warning disable CA2000 // The request holds nothing of its own: its body is the caller's, who may need it again.
        HttpRequestMessage request = Build(operation, hop, authorization, ProxyAuthorization(hop), head);
#pragma warning restore CA2000
        HttpLog.Sending(_logger, hop.Method.Method, Shown(hop.Url));
        HttpTrace? trace = Options.WireLog is { } log ? new HttpTrace(log, operation) : null;
        trace?.Sent(request);
        try
        {
            HttpResponseMessage response = await _wire.SendAsync(request, head.Token).ConfigureAwait(false);
            trace?.Received(response);
            HttpLog.Answered(_logger, hop.Method.Method, Shown(hop.Url), (int)response.StatusCode);
            return response;
        }
        catch (OperationCanceledException cause) when (head.IsMissed)
        {
            throw head.Missed(endPoint, cause);
        }
        catch (OperationCanceledException cause) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cause.Message, cause, cancellationToken);
        }
        catch (Exception failure)
        {
            HttpFailures.Rethrow(failure, HttpFailures.Map(failure, endPoint, Options.Limits, inBody: false));
            throw;
        }
    }

    private static HttpRequestMessage Build(HttpOperation operation, Hop hop, string? authorization, string? proxyAuthorization, PhaseDeadline head)
    {
        var request = new HttpRequestMessage(hop.Method, hop.Url) { Version = operation.Version, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        // A POST without a body still says so: length 0, and a body that was begun keeps the handler from repeating it by itself.
        if (hop.Content is not null || hop.Method == HttpMethod.Post || hop.Method == HttpMethod.Put || hop.Method == HttpMethod.Patch)
        {
            request.Content = new RequestBody(hop.Content, () =>
            {
                operation.BodyIsUnderWay();
                head.Restart();
            });
        }

        foreach ((string name, string value) in operation.Headers)
        {
            if (!hop.CarriesSecrets && operation.IsBound(name)) continue;
            // It is for a proxy alone, and those are in the options with their credentials.
            if (name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase)) continue;
            if (request.Headers.TryAddWithoutValidation(name, value)) continue;
            if (request.Content is null) continue;
            request.Content.Headers.Remove(name);
            request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (proxyAuthorization is not null) request.Headers.TryAddWithoutValidation("Proxy-Authorization", proxyAuthorization);
        AddDefault(request, "User-Agent", UserAgent);
        AddDefault(request, "Accept", "*/*");
        // A range counts encoded bytes, if anything is encoded: what is asked for in pieces is asked for as it is.
        AddDefault(request, "Accept-Encoding", operation.Decoding.Enabled && !request.Headers.Contains("Range") ? Decoders.AcceptEncoding : "identity");
        return request;
    }

    private static readonly string UserAgent = "ProtocolClients/" + (typeof(HttpSession).Assembly.GetName().Version?.ToString(3) ?? "0");

    private static void AddDefault(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.NonValidated.Contains(name)) request.Headers.TryAddWithoutValidation(name, value);
    }

    private static string Shown(Uri url) => ProtocolTelemetry.UrlText(url);
}
