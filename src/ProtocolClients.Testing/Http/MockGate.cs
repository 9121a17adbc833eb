using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>Lets one request in or asks who the client is, as a server or as a proxy.</summary>
internal sealed class MockGate(MockAuthentication authentication, Transcript transcript, bool isProxy, bool isEarly = false)
{
    private string Field => isProxy ? "Proxy-Authorization" : "Authorization";

    private string InfoField => isProxy ? "Proxy-Authentication-Info" : "Authentication-Info";

    private string ChallengeField => isProxy ? "Proxy-Authenticate" : "WWW-Authenticate";

    public async Task PassAsync(HttpContext context, MockHttpCall call, Func<Task> respond)
    {
        foreach (string secret in authentication.Secrets) transcript.AddSecret(secret);
        ReadOnlyMemory<byte> body = authentication.CoversBody ? await BufferRequestAsync(context).ConfigureAwait(false) : default;
        MockVerdict verdict = authentication.Judge(new MockCredential(call[Field], call.Method, call.Target, call.ConnectionId, body));
        if (!verdict.IsIn)
        {
            context.Response.StatusCode = isProxy ? StatusCodes.Status407ProxyAuthenticationRequired : StatusCodes.Status401Unauthorized;
            context.Response.ContentLength = 0;
            Add(context, verdict.Challenges);
            if (isEarly) await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
            return;
        }

        Add(context, verdict.Challenges);
        if (verdict.Info is not { } info)
        {
            await respond().ConfigureAwait(false);
            return;
        }

        // A proof over the body stands in the head: the body is made first.
        Stream wire = context.Response.Body;
        using var made = new MemoryStream();
        context.Response.Body = made;
        await respond().ConfigureAwait(false);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        context.Response.Body = wire;
        context.Response.Headers.Append(InfoField, info(made.ToArray()));
        await wire.WriteAsync(made.GetBuffer().AsMemory(0, (int)made.Length), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<ReadOnlyMemory<byte>> BufferRequestAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        body.Position = 0;
        context.Request.Body = body;
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private void Add(HttpContext context, IReadOnlyList<string> challenges)
    {
        foreach (string challenge in challenges) context.Response.Headers.Append(ChallengeField, challenge);
    }
}
