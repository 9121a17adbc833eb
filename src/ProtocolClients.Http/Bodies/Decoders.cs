using System.IO.Compression;
using System.Net.Http.Headers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Puts the decoders of a Content-Encoding over a body, and limits over each of them (CVE-2022-32206, CVE-2023-23916).</summary>
internal static class Decoders
{
    /// <summary>The decoded body; the body itself when nothing is encoded. Throws before a byte is read when an encoding is unknown or there are too many.</summary>
    public static Stream Over(BodyStream body, HeaderStringValues contentEncoding, DecodingOptions options)
    {
        List<string> codings = Codings(contentEncoding);
        if (codings.Count > options.Layers) throw new WireLimitException(nameof(DecodingOptions.Layers), options.Layers, "The body is encoded more often than the limit allows.");
        Stream stream = body;
        // The encodings are listed in the order in which they were applied (RFC 9110 §8.4): undone from the last.
        for (int i = codings.Count - 1; i >= 0; i--)
        {
            ContentDecoder? registered = Registered(codings[i], options);
            Stream decoder = registered is not null ? registered.Open(stream) : codings[i] switch
            {
                "gzip" or "x-gzip" => new GZipStream(new EndGuardStream(stream), CompressionMode.Decompress),
                "br" => new BrotliBodyStream(stream),
                "deflate" => new DeflateBodyStream(new EndGuardStream(stream)),
                _ => throw new WireFormatException($"The body has the Content-Encoding '{Shown(codings[i])}', which was not asked for."),
            };
            // Each layer is bounded: one in the middle may grow without end while the last gives nothing.
            stream = new DecodedStream(decoder, body, options, isForeign: registered is not null);
        }

        return stream;
    }

    private static List<string> Codings(HeaderStringValues fields)
    {
        var codings = new List<string>(1);
        foreach (string field in fields)
        {
            foreach (string item in field.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string coding = item.ToLowerInvariant();
                if (coding is not "identity") codings.Add(coding);
            }
        }

        return codings;
    }

    private static ContentDecoder? Registered(string coding, DecodingOptions options)
    {
        foreach (ContentDecoder decoder in options.Decoders)
        {
            if (string.Equals(decoder.Coding, coding, StringComparison.Ordinal)) return decoder;
        }

        return null;
    }

    private static string Shown(string coding) => coding.Length <= 32 && HttpText.IsToken(coding) ? coding : "…";
}

/// <summary>The decoded side of one coding: counts, limits, and names damage for what it is.</summary>
/// <param name="decoder">The decoder over what is encoded.</param>
/// <param name="wire">The body as it comes, below all layers.</param>
/// <param name="options">The limits.</param>
/// <param name="isForeign">Whether the decoder is not the platform's, so that its failures may be of any type.</param>
internal sealed class DecodedStream(Stream decoder, BodyStream wire, DecodingOptions options, bool isForeign) : ForwardStream
{
    private long _output;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception damage) when (IsDamage(damage))
        {
            if (damage is EndOfStreamException || wire.HasEnded) throw EndGuardStream.Truncated(damage);
            throw new WireFormatException("The body is not encoded as its Content-Encoding says.", damage);
        }

        // The end of the encoding is not the end of the body: a cut there is a cut, and the connection is wanted back.
        if (read == 0 && !buffer.IsEmpty) await wire.DrainAsync(cancellationToken).ConfigureAwait(false);
        _output += read;
        if (_output > options.Output) throw new WireLimitException(nameof(DecodingOptions.Output), options.Output, "The decoded body exceeds the limit.");
        if (_output > options.RatioFloor && _output / Math.Max(1, wire.BytesRead) >= options.Ratio)
        {
            throw new WireLimitException(nameof(DecodingOptions.Ratio), options.Ratio, "The body grows more on decoding than the limit allows.");
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) decoder.Dispose();
        base.Dispose(disposing);
    }

    // Decoders that are not the platform's have exceptions of their own. What tells of misuse keeps its name.
    private bool IsDamage(Exception failure) =>
        failure is InvalidDataException or EndOfStreamException
        || (isForeign && failure is not (ProtocolClientException or OperationCanceledException or NotSupportedException or ObjectDisposedException
            or NullReferenceException or OutOfMemoryException));
}

/// <summary>
/// The deflate coding is zlib's format (RFC 9110 §8.4.1.2), but servers that send raw deflate were never repaired: the
/// first two bytes tell.
/// </summary>
internal sealed class DeflateBodyStream(Stream source) : ForwardStream
{
    private Stream? _decoder;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _decoder ??= await StartAsync(cancellationToken).ConfigureAwait(false);
        return await _decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) (_decoder ?? source).Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<Stream> StartAsync(CancellationToken cancellationToken)
    {
        byte[] head = new byte[2];
        int read = await source.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var whole = new PrefixedStream(head.AsMemory(0, read), source);
        // CMF: method 8 in the low half; CMF and FLG together are a multiple of 31 (RFC 1950 §2.2).
        bool zlib = read == 2 && (head[0] & 0x0F) == 8 && ((head[0] << 8) | head[1]) % 31 == 0;
        return zlib ? new ZLibStream(whole, CompressionMode.Decompress) : new DeflateStream(whole, CompressionMode.Decompress);
    }
}
