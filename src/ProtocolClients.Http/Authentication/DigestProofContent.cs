using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A response's body whose end is checked against the server's proof over it (<c>auth-int</c>, RFC 7616 §3.5).</summary>
internal sealed class DigestProofContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly DigestHash _hash;
    private readonly DigestAnswer _answer;
    private readonly string _info;
    private readonly EndPoint _endPoint;

    public DigestProofContent(HttpContent inner, DigestHash hash, DigestAnswer answer, string info, EndPoint endPoint)
    {
        (_inner, _hash, _answer, _info, _endPoint) = (inner, hash, answer, info, endPoint);
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in inner.Headers.NonValidated)
        {
            foreach (string value in values) Headers.TryAddWithoutValidation(name, value);
        }
    }

    public static AuthenticationFailedException Wrong(EndPoint endPoint) =>
        new("The server's proof that it knows the password is wrong (rspauth): who answered is not whom the password is for.") { Endpoint = endPoint };

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new NotSupportedException("A response's body is read as a stream.");

    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new ProofStream(await _inner.ReadAsStreamAsync().ConfigureAwait(false), this);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new ProofStream(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), this);

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? -1;
        return length >= 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Check()
    {
        if (_answer.Check(_info, _hash.Finish()) != DigestProof.Right) throw Wrong(_endPoint);
    }

    private sealed class ProofStream(Stream inner, DigestProofContent owner) : ForwardStream
    {
        private bool _ended;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0)
            {
                owner._hash.Append(buffer.Span[..read]);
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
