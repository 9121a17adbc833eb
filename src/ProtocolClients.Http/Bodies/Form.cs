using System.Buffers;
using System.Text;

namespace ProtocolClients;

/// <summary>Bodies of <c>application/x-www-form-urlencoded</c>, as a browser sends a form.</summary>
public static class Form
{
    // The bytes that stand for themselves (WHATWG URL §5.2, application/x-www-form-urlencoded percent-encode set).
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create("*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A form's fields, in order; names may repeat. In UTF-8, a blank as <c>+</c>. It can be sent again.</summary>
    /// <param name="fields">Names and values: <c>Form.Of(("name", "value"), ("other", "value"))</c>.</param>
    /// <exception cref="ArgumentException">A name or value is not text: half of a surrogate pair.</exception>
    public static HttpContent Of(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var body = new ArrayBufferWriter<byte>(256);
        foreach ((string name, string value) in fields) Add(body, name, value);
        return Finish(body);
    }

    /// <summary>A form's fields, in order; names may repeat. In UTF-8, a blank as <c>+</c>. It can be sent again.</summary>
    /// <param name="fields">Names and values.</param>
    /// <exception cref="ArgumentException">A name or value is not text: half of a surrogate pair.</exception>
    public static HttpContent Of(IEnumerable<KeyValuePair<string, string>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var body = new ArrayBufferWriter<byte>(256);
        foreach ((string name, string value) in fields) Add(body, name, value);
        return Finish(body);
    }

    private static ReadOnlyMemoryContent Finish(ArrayBufferWriter<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body.WrittenMemory);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded");
        return content;
    }

    private static void Add(ArrayBufferWriter<byte> body, string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (body.WrittenCount > 0) body.Write("&"u8);
        Add(body, name);
        body.Write("="u8);
        Add(body, value);
    }

    private static void Add(ArrayBufferWriter<byte> body, string text)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(0, Bytes(text, bytes));
            while (!rest.IsEmpty)
            {
                int plain = rest.IndexOfAnyExcept(Plain);
                if (plain < 0) plain = rest.Length;
                body.Write(rest[..plain]);
                rest = rest[plain..];
                if (rest.IsEmpty) return;
                Escape(body, rest[0]);
                rest = rest[1..];
            }
        }
        finally
        {
            // A form may hold a password.
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private static void Escape(ArrayBufferWriter<byte> body, byte one)
    {
        if (one == (byte)' ')
        {
            body.Write("+"u8);
            return;
        }

        const string Hex = "0123456789ABCDEF";
        body.Write([(byte)'%', (byte)Hex[one >> 4], (byte)Hex[one & 15]]);
    }

    private static int Bytes(string text, Span<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetBytes(text, bytes);
        }
        catch (EncoderFallbackException cause)
        {
            throw new ArgumentException("A form's fields are text: this has half of a surrogate pair.", nameof(text), cause);
        }
    }
}
