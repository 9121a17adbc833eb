using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A response's body whose end is checked against the server's proof over it (<c>auth-int</c>, RFC 7616 §3.5).</summary>
internal sealed class DigestProofContent(HttpContent inner, DigestHash hash, DigestAnswer answer, string info, EndPoint endPoint) : RelayedContent(inner)
{
    public static AuthenticationFailedException Wrong(EndPoint endPoint) =>
        new("The server's proof that it knows the password is wrong (rspauth): who answered is not whom the password is for.") { Endpoint = endPoint };

    protected override Stream Over(Stream inner) => new ProofStream(inner, this);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) hash.Dispose();
    }

    private void Take(ReadOnlySpan<byte> bytes) => hash.Append(bytes);

    private void Check()
    {
        if (answer.Check(info, hash.Finish()) != DigestProof.Right) throw Wrong(endPoint);
    }

    private sealed class ProofStream(Stream inner, DigestProofContent owner) : ForwardStream
    {
        private bool _ended;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0)
            {
                owner.Take(buffer.Span[..read]);
            }
            else if (!_ended && buffer.Length > 0)
            {
                _ended = true;
                owner.Check();
            }

            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
