using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ProtocolClients;

/// <summary>Bodies that are JSON.</summary>
internal static class JsonBody
{
    /// <summary>One value, read while it comes; the body is disposed.</summary>
    public static async Task<T?> ReadAsync<T>(Stream body, JsonTypeInfo<T> type, long limit, EndPoint endPoint, CancellationToken cancellationToken)
    {
        await using (body.ConfigureAwait(false))
        {
            try
            {
                var limited = new LimitedStream(body, limit);
                await using (limited.ConfigureAwait(false))
                {
                    return await JsonSerializer.DeserializeAsync(limited, type, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (JsonException cause)
            {
                throw new WireFormatException("The body is not the JSON that was expected.", cause) { Endpoint = endPoint };
            }
        }
    }

    /// <summary>One record of several.</summary>
    /// <exception cref="WireFormatException">It is not such JSON.</exception>
    public static T? Read<T>(ReadOnlySpan<byte> text, JsonTypeInfo<T> type, long number, EndPoint endPoint)
    {
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException cause)
        {
            throw new WireFormatException($"Record {number} is not the JSON that was expected.", cause) { Endpoint = endPoint };
        }
    }
}
