namespace ProtocolClients;

/// <summary>
/// Encoded bytes on their way into a decoder, which must not end before the encoding does. The platform's decoders take the end of their
/// source for the end of the content, wherever it comes. So after the last byte they are given one more: a decoder that is done leaves
/// it, one in the middle of the content takes it and asks for the next. What it cannot see is a cut of the last byte alone where the extra
/// one serves in its place, as the mark of the end: then nothing of the content is missing.
/// </summary>
internal sealed class EndGuardStream(Stream source) : ForwardStream
{
    // Begins no further member of gzip, and is not the last byte of a size below 4 GiB - 16 MiB.
    private const byte Extra = 0xFF;

    private bool _hasBytes;
    private bool _isSpent;

    public static IntegrityException Truncated(Exception? cause = null) =>
        new("The encoded body ended before its content did.", isTransient: true, cause) { Delivery = Delivery.Answered };

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isSpent) throw Truncated();
        int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0) _hasBytes = true;
        // Nothing at all is what servers send for an empty body, and is one.
        if (read > 0 || buffer.IsEmpty || !_hasBytes) return read;
        _isSpent = true;
        buffer.Span[0] = Extra;
        return 1;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
