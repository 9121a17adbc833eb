using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <content>Event streams.</content>
public sealed partial class MockRoute
{
    /// <summary>
    /// Answers with an event stream (<c>text/event-stream</c>) that a script writes; the stream ends when the script does. The head is sent
    /// before the script begins, so that a client is connected while it waits.
    /// <code>
    /// server.Routes.Get("/events").RespondEvents(async (events, stop) =&gt; await events.SendAsync("hello", id: "1"));
    /// </code>
    /// </summary>
    /// <param name="script">Writes the events; its token ends with the request.</param>
    public MockRoute RespondEvents(Func<MockEventStream, CancellationToken, Task> script)
    {
        ArgumentNullException.ThrowIfNull(script);
        return Set(step => step.Body = async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            // Nothing comes behind a stream: so the read that tells when the client leaves takes no byte of a next request.
            bool alone = context.Request.Protocol is not "HTTP/2";
            if (alone) context.Response.Headers.Connection = "close";
            await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            using var left = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            Task watching = alone ? WatchClientAsync(context, left) : Task.CompletedTask;
            try
            {
                await script(new MockEventStream(context), left.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (left.IsCancellationRequested && e is OperationCanceledException or IOException)
            {
                // The client has left.
            }
            finally
            {
                await left.CancelAsync().ConfigureAwait(false);
                await watching.ConfigureAwait(false);
            }
        });
    }

    /// <summary>Kestrel reads a connection of HTTP/1.1 only between requests: who answers without an end has to look himself.</summary>
    private static async Task WatchClientAsync(HttpContext context, CancellationTokenSource left)
    {
        Stream? stream = context.Features.Get<KestrelConnection>()?.Mock.Stream;
        if (stream is null) return;
        try
        {
            await stream.ReadExactlyAsync(new byte[1], left.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Closed or reset.
        }

        await left.CancelAsync().ConfigureAwait(false);
        context.Abort();
    }
}
