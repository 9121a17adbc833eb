using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;

namespace ProtocolClients;

/// <summary>The one place where the handler's exceptions become those of the suite.</summary>
internal static class HttpFailures
{
    /// <summary>The failure to throw instead; the same object when it is one of ours, a cancellation, or misuse.</summary>
    /// <param name="failure">What the handler threw.</param>
    /// <param name="endPoint">Whom we talked to.</param>
    /// <param name="limits">The limits that were in force.</param>
    /// <param name="inBody">Whether the response head was read already.</param>
    public static Exception Map(Exception failure, EndPoint endPoint, WireLimits limits, bool inBody)
    {
        // What the dialer threw comes back wrapped by the handler: it is the better story.
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is ProtocolClientException) return e;
        }

        switch (failure)
        {
            case HttpRequestException request:
                return FromError(request.HttpRequestError, request, endPoint, limits, inBody);
            case HttpIOException io:
                return FromError(io.HttpRequestError, io, endPoint, limits, inBody);
            case IOException or SocketException or ObjectDisposedException { ObjectName: "System.Net.Sockets.Socket" or "System.Net.Sockets.NetworkStream" }:
                return Lost(failure, endPoint);
            default:
                return failure;
        }
    }

    /// <summary>Throws what <see cref="Map"/> gives, with its own stack when it is the same object.</summary>
    [DoesNotReturn]
    public static void Rethrow(Exception failure, Exception mapped)
    {
        if (ReferenceEquals(failure, mapped)) ExceptionDispatchInfo.Throw(failure);
        ExceptionDispatchInfo.Throw(mapped);
    }

    private static ProtocolClientException FromError(HttpRequestError error, Exception failure, EndPoint endPoint, WireLimits limits, bool inBody)
    {
        switch (error)
        {
            case HttpRequestError.NameResolutionError:
                return Transport(TransportError.NameResolution, failure, endPoint, Delivery.NotSent);
            case HttpRequestError.ConnectionError:
                return Transport(TransportError.Connect, failure, endPoint, Delivery.NotSent);
            case HttpRequestError.SecureConnectionError:
                return Transport(TransportError.Tls, failure, endPoint, Delivery.NotSent);
            case HttpRequestError.ProxyTunnelError:
                return Transport(TransportError.Proxy, failure, endPoint, Delivery.NotSent);
            case HttpRequestError.ConfigurationLimitExceeded:
                return new WireLimitException(nameof(WireLimits.Message), limits.Message, "The response head exceeds the limit.") { Endpoint = endPoint };
            case HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError or HttpRequestError.ExtendedConnectNotSupported:
                return new WireFormatException(Reason(failure), failure) { Endpoint = endPoint };
            case HttpRequestError.ResponseEnded when inBody:
                return new IntegrityException("The body ended before its announced end.", isTransient: true, failure) { Endpoint = endPoint };
            default:
                // A body shorter than it said is also told as a plain IOException by some paths of the handler.
                return Lost(failure, endPoint);
        }
    }

    private static TransportException Lost(Exception failure, EndPoint endPoint) =>
        Transport(TransportError.ConnectionLost, failure, endPoint, Delivery.MaybeSent);

    private static TransportException Transport(TransportError error, Exception failure, EndPoint endPoint, Delivery delivery) =>
        new(error, Reason(failure), failure) { Endpoint = endPoint, Delivery = delivery };

    /// <summary>The sentence of the innermost cause: "The remote certificate is invalid because …" says more than "The SSL connection could not be established, see inner exception."</summary>
    private static string Reason(Exception failure)
    {
        Exception told = failure;
        for (Exception? e = failure.InnerException; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException or SocketException or IOException or HttpIOException) told = e;
        }

        return told.Message;
    }
}
