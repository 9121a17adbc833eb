using System.Globalization;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The activities and measurements of HTTP, by OpenTelemetry's names.</summary>
internal static class HttpTelemetry
{
    public static ProtocolTelemetry Instance { get; } = new("ProtocolClients.Http", "http");

    /// <summary>The method, when it is one of RFC 9110 and 5789: anything else would make names without end.</summary>
    public static string NameOf(HttpMethod method) =>
        method.Method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "OPTIONS" or "TRACE" or "PATCH" ? method.Method : "_OTHER";

    public static void Answered(OperationScope scope, HttpReply reply)
    {
        scope.SetTag("http.response.status_code", (int)reply.Status);
        if ((int)reply.Status >= 400) scope.Fail(reply.Refusal(), ((int)reply.Status).ToString(CultureInfo.InvariantCulture));
    }
}
