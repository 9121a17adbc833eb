using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>How slow requests are hedged; null when they are not, which costs a look at this field.</summary>
    private readonly HedgingPolicy? _hedging;

    private ValueTask<HttpReply> TryAsync(HttpOperation operation, CancellationToken cancellationToken) =>
        _hedging is not null && operation.MayBeHedged ? HedgeAsync(_hedging, operation, cancellationToken) : AttemptAsync(operation, cancellationToken);

    private async ValueTask<HttpReply> HedgeAsync(HedgingPolicy hedging, HttpOperation operation, CancellationToken cancellationToken)
    {
        operation.Held?.Dispose();
        operation.Held = null;
        var hedges = new Hedges(this, operation);
        bool won = false;
        try
        {
            HttpReply reply = await hedging.RunAsync(
                operation.Target.EndPoint, static (hedges, token) => hedges.AttemptAsync(token), hedges, cancellationToken).ConfigureAwait(false);
            won = true;
            return reply;
        }
        finally
        {
            operation.Held = hedges.Close(won);
        }
    }

    /// <summary>The requests of one attempt that are under way beside one another: each works on a copy of the operation.</summary>
    private sealed class Hedges(HttpSession session, HttpOperation operation)
    {
        private readonly Lock _gate = new();
        private HttpReply? _held;
        private bool _closed;

        public async ValueTask<HttpReply> AttemptAsync(CancellationToken cancellationToken)
        {
            HttpOperation own = operation.Copy();
            try
            {
                return await session.AttemptAsync(own, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Keep(own.Held);
            }
        }

        /// <summary>Ends the keeping. The answer of a transient status that came last, for the case that no attempt is left.</summary>
        public HttpReply? Close(bool won)
        {
            HttpReply? held;
            lock (_gate)
            {
                _closed = true;
                held = _held;
                _held = null;
            }

            if (!won) return held;
            held?.Dispose();
            return null;
        }

        private void Keep(HttpReply? reply)
        {
            if (reply is null) return;
            HttpReply? old = reply;
            lock (_gate)
            {
                // Behind the end nobody looks any more: who comes late is put away.
                if (!_closed) (old, _held) = (_held, reply);
            }

            old?.Dispose();
        }
    }
}
