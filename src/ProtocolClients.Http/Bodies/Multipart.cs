using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients;

/// <summary>Bodies of <c>multipart/form-data</c> (RFC 7578): fields and files, as a browser sends a form with files.</summary>
public static class Multipart
{
    /// <summary>
    /// The parts, in order; names may repeat. Files are streamed, nothing is gathered in memory. When every part has a length,
    /// so has the whole; when every part can be sent again, so can the whole.
    /// </summary>
    /// <param name="parts"><c>Multipart.Of(("title", "Holiday"), FormPart.File("photo", "beach.jpg"))</c>.</param>
    public static HttpContent Of(params ReadOnlySpan<FormPart> parts) => new MultipartFormBody(parts, Boundary(parts));

    /// <summary>The parts, in order; names may repeat.</summary>
    /// <param name="parts">The parts.</param>
    public static HttpContent Of(IEnumerable<FormPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return Of([.. parts]);
    }

    // 128 random bits: no file holds them by accident, and none can be made to. Letters and digits need no quotes (RFC 2046 §5.1.1).
    private static string Boundary(ReadOnlySpan<FormPart> parts)
    {
        while (true)
        {
            string boundary = "form-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
            if (!MultipartFormBody.Holds(parts, Encoding.ASCII.GetBytes(boundary))) return boundary;
        }
    }
}

/// <summary>The body that <see cref="Multipart"/> makes.</summary>
internal sealed class MultipartFormBody : HttpContent
{
    private readonly FormPart[] _parts;
    private readonly byte[] _delimiter;

    // boundary := 0*69<bchars> bcharsnospace; quotes are for those that are no token.   (RFC 2046 §5.1.1)
    internal MultipartFormBody(ReadOnlySpan<FormPart> parts, string boundary)
    {
        if (!HttpText.IsToken(boundary) || boundary.Length > 70) throw new ArgumentException("A boundary is a token of 70 characters at most.", nameof(boundary));
        foreach (FormPart part in parts) ArgumentNullException.ThrowIfNull(part, nameof(parts));
        _parts = parts.ToArray();
        _delimiter = Encoding.ASCII.GetBytes("--" + boundary);
        Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=" + boundary);
    }

    /// <summary>Whether every part can be sent again.</summary>
    public bool IsReplayable => Array.TrueForAll(_parts, static part => RequestBody.IsReplayable(part.Body));

    /// <summary>Whether every part can be sent several times at once.</summary>
    public bool IsShareable => Array.TrueForAll(_parts, static part => RequestBody.IsShareable(part.Body));

    /// <summary>Whether a part's head, or a body that lies in memory, has these bytes. What is streamed is not looked at.</summary>
    internal static bool Holds(ReadOnlySpan<FormPart> parts, ReadOnlySpan<byte> boundary)
    {
        foreach (FormPart part in parts)
        {
            ArgumentNullException.ThrowIfNull(part, nameof(parts));
            if (part.Head.AsSpan().IndexOf(boundary) >= 0 || part.Memory.Span.IndexOf(boundary) >= 0) return true;
        }

        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (FormPart part in _parts)
        {
            // delimiter := CRLF "--" boundary; the first needs no line before it
            await stream.WriteAsync(Opening(part), cancellationToken).ConfigureAwait(false);
            await part.Body.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync("\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        await stream.WriteAsync((byte[])[.. _delimiter, .. "--\r\n"u8], cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _delimiter.Length + 4;
        foreach (FormPart part in _parts)
        {
            if (part.Body.Headers.ContentLength is not { } body)
            {
                length = 0;
                return false;
            }

            length = checked(length + _delimiter.Length + 2 + part.Head.Length + body + 2);
        }

        return true;
    }

    private byte[] Opening(FormPart part) => [.. _delimiter, .. "\r\n"u8, .. part.Head];
}
