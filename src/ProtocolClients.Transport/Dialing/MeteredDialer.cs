using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ProtocolClients.Transport;

/// <summary>
/// Measures dials: one activity and one point of <c>protocolclients.dial.duration</c> each, from the source and meter
/// <c>ProtocolClients.Transport</c>, and one log message (Debug). The outermost of a client's dialers.
/// </summary>
public sealed class MeteredDialer : IDialer
{
    private static readonly ProtocolTelemetry Telemetry = new("ProtocolClients.Transport", "transport", "protocolclients.dial.duration");
    private readonly IDialer _inner;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Wraps a dialer.</summary>
    /// <param name="inner">What dials.</param>
    /// <param name="time">The source of time; null for the system's.</param>
    /// <param name="logger">Where dials are logged; null for nowhere.</param>
    public MeteredDialer(IDialer inner, TimeProvider? time = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <inheritdoc/>
    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        using OperationScope scope = OperationScope.Start(Telemetry, "dial", endPoint, _time);
        long started = _time.GetTimestamp();
        try
        {
            Connection connection = await _inner.DialAsync(endPoint, cancellationToken).ConfigureAwait(false);
            scope.SetPeer(connection.RemoteEndPoint);
            if (_logger.IsEnabled(LogLevel.Debug))
            {
                double elapsed = _time.GetElapsedTime(started).TotalMilliseconds;
                TransportLog.Dialed(_logger, Text(endPoint), connection.RemoteEndPoint, elapsed);
            }

            return connection;
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            if (_logger.IsEnabled(LogLevel.Debug))
            {
                TransportLog.DialFailed(_logger, Text(endPoint), ProtocolTelemetry.ErrorTypeOf(failure), failure.Message);
            }

            throw;
        }
    }

    private static string Text(EndPoint endPoint)
    {
        (string? address, int? port, _) = ProtocolTelemetry.Parts(endPoint);
        return port is null ? address! : $"{address}:{port}";
    }
}
