namespace ProtocolClients.Transport;

public sealed partial class WireChannel
{
    private readonly WireOutput _out;

    /// <summary>How many bytes were written and not flushed yet.</summary>
    public int Unflushed => _out.Length;

    /// <summary>Writes one command line with its CR LF, and flushes only when 64 KiB have gathered: for pipelining.</summary>
    /// <param name="command">The line; copied, so it may be cleared and used again.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Command"/> deadline was missed.</exception>
    public ValueTask WriteAsync(CommandBuilder command, CancellationToken cancellationToken = default) =>
        _out.WriteAsync(command, cancellationToken);

    /// <summary>Writes bytes as they are, and flushes only when 64 KiB have gathered. Long ones go straight to the socket.</summary>
    /// <param name="bytes">The bytes; copied, or on the wire when the task ends.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) =>
        _out.WriteAsync(bytes, cancellationToken);

    /// <summary>As <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, for a secret: the wire log shows <c>***</c>.</summary>
    /// <param name="bytes">The secret; a CR LF at its end is no part of it.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask WriteSecretAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) =>
        _out.WriteSecretAsync(bytes, cancellationToken);

    /// <summary>Writes one command line and flushes.</summary>
    /// <param name="command">The line.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Command"/> deadline was missed.</exception>
    public async ValueTask SendAsync(CommandBuilder command, CancellationToken cancellationToken = default)
    {
        await WriteAsync(command, cancellationToken).ConfigureAwait(false);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends what was written.</summary>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Command"/> deadline was missed.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) =>
        _out.FlushAsync(DeadlinePhase.Command, cancellationToken);

    /// <summary>Writes a text as a dot-stuffed block with its end; the last flush is the caller's.</summary>
    /// <param name="source">The text; read to its end.</param>
    /// <param name="bareLineEnds">What is done with a bare CR or LF in it. Neither is ever sent.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>How many bytes of text were read.</returns>
    /// <exception cref="ArgumentException">The text has a bare CR or LF that is refused; the channel is broken, the block unfinished.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask<long> WriteBlockAsync(
        Stream source,
        BareLineEnds bareLineEnds = BareLineEnds.Refuse,
        CancellationToken cancellationToken = default) =>
        _out.WriteBlockAsync(source, bareLineEnds, cancellationToken);

    /// <summary>Writes exactly so many bytes of a stream; the last flush is the caller's.</summary>
    /// <param name="source">Where they come from.</param>
    /// <param name="length">How many were announced to the peer.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="EndOfStreamException">The source has fewer; the channel is broken.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask WriteCountAsync(Stream source, long length, CancellationToken cancellationToken = default) =>
        _out.WriteCountAsync(source, length, cancellationToken);
}
