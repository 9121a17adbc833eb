using System.Text;

namespace ProtocolClients;

/// <summary>
/// One part of a <see cref="Multipart"/>: a field or a file. A pair of strings converts to a field:
/// <c>Multipart.Of(("title", "Holiday"), FormPart.File("photo", "beach.jpg"))</c>.
/// </summary>
/// <remarks>
/// Names and file names go as UTF-8 with <c>"</c>, CR and LF as <c>%22</c>, <c>%0D</c> and <c>%0A</c>, as WHATWG HTML §4.10.21.8
/// says; never as <c>filename*</c>, which RFC 7578 §4.2 forbids. Other control characters are refused.
/// </remarks>
public sealed class FormPart
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private FormPart(string name, HttpContent content, string? fileName, ReadOnlyMemory<byte> memory = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        FileName = fileName;
        Body = content;
        Memory = memory;
        // A field of text has no type of its own: text/plain is what it is without one (RFC 7578 §4.4).
        content.Headers.NonValidated.TryGetValues("Content-Type", out System.Net.Http.Headers.HeaderStringValues type);
        Head = HeadOf(name, fileName, type.ToString());
    }

    /// <summary>The field's name.</summary>
    public string Name { get; }

    /// <summary>The file's name as the server is told; null for a field.</summary>
    public string? FileName { get; }

    internal HttpContent Body { get; }

    /// <summary>The body's bytes, when they lie in memory.</summary>
    internal ReadOnlyMemory<byte> Memory { get; }

    /// <summary>The lines before the part's body, the empty one included.</summary>
    internal byte[] Head { get; }

    /// <summary>A field of text, in UTF-8 and exactly as it is given: line ends are not changed.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The name has a control character, or the text is none: half of a surrogate pair.</exception>
    public static FormPart Text(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        byte[] bytes = BytesOf(value);
        return new FormPart(name, new ByteArrayContent(bytes), null, bytes);
    }

    /// <summary>A file of the disk, opened each time it is sent. Its length is that of now: a file that changes before it is sent fails the request.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="path">The file.</param>
    /// <param name="fileName">The name that the server is told; null for the file's own, without its directories.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">A name has a control character, or the media type is not a field's value.</exception>
    public static FormPart File(string name, string path, string? fileName = null, string mediaType = "application/octet-stream")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileInfo(path);
        var content = new ReplayableContent(_ => new(OpenFile(file.FullName)), file.Length, mediaType);
        return new FormPart(name, content, fileName ?? file.Name);
    }

    /// <summary>A file from memory.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="bytes">The file's bytes; not copied.</param>
    /// <param name="fileName">The name that the server is told.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <exception cref="ArgumentException">A name has a control character, or the media type is not a field's value.</exception>
    public static FormPart Bytes(string name, ReadOnlyMemory<byte> bytes, string fileName, string mediaType = "application/octet-stream")
    {
        ArgumentNullException.ThrowIfNull(fileName);
        HttpText.RequireField("Content-Type", mediaType, nameof(mediaType));
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return new FormPart(name, content, fileName, bytes);
    }

    /// <summary>A file from wherever its stream comes; opened each time it is sent, so that it can be sent again.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="open">Opens the file at its beginning; the stream is disposed after use.</param>
    /// <param name="length">Its length in bytes; null when unknown, which sends the whole body chunked.</param>
    /// <param name="fileName">The name that the server is told.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <exception cref="ArgumentException">A name has a control character, or the media type is not a field's value.</exception>
    public static FormPart Stream(
        string name, Func<CancellationToken, ValueTask<Stream>> open, long? length, string fileName, string mediaType = "application/octet-stream")
    {
        ArgumentNullException.ThrowIfNull(fileName);
        return new FormPart(name, new ReplayableContent(open, length, mediaType), fileName);
    }

    /// <summary>Any body as a part: <see cref="Json.Of"/>, a <see cref="StreamContent"/> that can be sent once, or one of your own. Of its headers the Content-Type goes along.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="content">The body. The caller disposes it.</param>
    /// <param name="fileName">The name that the server is told; null for a field.</param>
    /// <exception cref="ArgumentException">A name has a control character, or the body is <see cref="Compressed"/>: of that a form has no word; the whole form can be.</exception>
    public static FormPart Content(string name, HttpContent content, string? fileName = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content is CompressedBody) throw new ArgumentException("A part of a form is not compressed: compress the whole form.", nameof(content));
        return new FormPart(name, content, fileName);
    }

#pragma warning disable CA2225 // The named way is Text.
    /// <summary>A pair of strings is a field of text.</summary>
    /// <param name="field">Name and value.</param>
    public static implicit operator FormPart((string Name, string Value) field) => Text(field.Name, field.Value);
#pragma warning restore CA2225

    private static FileStream OpenFile(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.Open, Share = FileShare.Read, Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });

    private static byte[] HeadOf(string name, string? fileName, string mediaType)
    {
        var head = new StringBuilder("Content-Disposition: form-data; name=\"").Append(Escaped(name)).Append('"');
        if (fileName is not null) head.Append("; filename=\"").Append(Escaped(fileName)).Append('"');
        head.Append("\r\n");
        if (mediaType.Length > 0)
        {
            HttpText.RequireField("Content-Type", mediaType, nameof(mediaType));
            head.Append("Content-Type: ").Append(mediaType).Append("\r\n");
        }

        return BytesOf(head.Append("\r\n").ToString());
    }

    private static string Escaped(string name)
    {
        foreach (char c in name)
        {
            if (char.IsControl(c) && c is not ('\r' or '\n')) throw new ArgumentException("The name of a part has a control character.", nameof(name));
        }

        return name.Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal).Replace("\"", "%22", StringComparison.Ordinal);
    }

    private static byte[] BytesOf(string text)
    {
        try
        {
            return StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException cause)
        {
            throw new ArgumentException("A part's name and text are text: this has half of a surrogate pair.", nameof(text), cause);
        }
    }
}
