using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ProtocolClients;

/// <summary>Bodies of <c>application/json</c> (RFC 8259).</summary>
public static class Json
{
    /// <summary>
    /// A value as JSON, written now: what cannot be written fails here and not in the middle of a request, later changes of the
    /// value do not reach the body, and it has a length and can be sent again. What is too large to hold is streamed by the
    /// platform's <see cref="System.Net.Http.Json.JsonContent"/>.
    /// </summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="type">The contract, from a source-generated context.</param>
    /// <exception cref="NotSupportedException">The contract has no way to write the value.</exception>
    /// <exception cref="JsonException">The value has a cycle, or is nested too deeply.</exception>
    public static HttpContent Of<T>(T value, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        // No charset: JSON is UTF-8 by definition, and the parameter is not defined (RFC 8259 §11).
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return content;
    }
}
