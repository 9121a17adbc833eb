using System.Diagnostics;
using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// One operation as telemetry sees it: an activity while it runs and one point of the package's histogram when it is
/// disposed, both with the same error. Made at the one door of a client, around its attempts.
/// <code>
/// using OperationScope scope = OperationScope.Start(FtpTelemetry.Instance, "download", endPoint, options.TimeProvider);
/// try { … }
/// catch (Exception failure) { scope.Fail(failure); throw; }
/// </code>
/// </summary>
public sealed class OperationScope : IDisposable
{
    // Nobody listens: one for all.
    private static readonly OperationScope Silent = new();

    private readonly ProtocolTelemetry? _telemetry;
    private readonly string _operation;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly EndPoint? _endPoint;
    private string? _errorType;
    private bool _disposed;

    private OperationScope()
    {
        _operation = string.Empty;
        _time = TimeProvider.System;
        _disposed = true;
    }

    private OperationScope(ProtocolTelemetry telemetry, string operation, EndPoint? endPoint, TimeProvider time)
    {
        _telemetry = telemetry;
        _operation = operation;
        _time = time;
        _started = time.GetTimestamp();
        _endPoint = endPoint;
        // Names are put together for who listens: a small request must not pay for nobody.
        if (!telemetry.ActivitySource.HasListeners()) return;
        Activity = telemetry.ActivitySource.StartActivity($"{telemetry.Protocol} {operation}", ActivityKind.Client);
        if (Activity is null) return;
        Activity.SetTag(TelemetryNames.OperationName, operation);
        Activity.SetTag(TelemetryNames.ProtocolName, telemetry.Protocol);
        (string? address, int? port, _) = ProtocolTelemetry.Parts(endPoint);
        if (address is not null) Activity.SetTag(TelemetryNames.ServerAddress, address);
        if (port is not null) Activity.SetTag(TelemetryNames.ServerPort, port);
    }

    /// <summary>Starts an operation. Who begins to listen while it runs hears of the next one.</summary>
    /// <param name="telemetry">The package's telemetry.</param>
    /// <param name="operation">What is done, of few values: <c>download</c>, <c>send</c>.</param>
    /// <param name="endPoint">The server that was asked for; null when there is none yet.</param>
    /// <param name="time">The source of time.</param>
    public static OperationScope Start(ProtocolTelemetry telemetry, string operation, EndPoint? endPoint, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(telemetry);
        ArgumentException.ThrowIfNullOrEmpty(operation);
        ArgumentNullException.ThrowIfNull(time);
        return telemetry.Duration.Enabled || telemetry.ActivitySource.HasListeners() ? new OperationScope(telemetry, operation, endPoint, time) : Silent;
    }

    /// <summary>The activity; null when nobody listens.</summary>
    public Activity? Activity { get; }

    /// <summary>Adds a fact to the activity; the histogram keeps its few dimensions.</summary>
    /// <param name="name">The attribute's name, see <see cref="TelemetryNames"/>.</param>
    /// <param name="value">The value; never a secret.</param>
    public void SetTag(string name, object? value) => Activity?.SetTag(name, value);

    /// <summary>Adds <c>url.full</c>, redacted by <see cref="ProtocolTelemetry.UrlText"/>.</summary>
    /// <param name="url">An absolute URL.</param>
    public void SetUrl(Uri url)
    {
        if (Activity is not null) Activity.SetTag(TelemetryNames.UrlFull, ProtocolTelemetry.UrlText(url));
    }

    /// <summary>Adds whom the socket reached.</summary>
    /// <param name="peer">The address at the other end; null when there is no socket.</param>
    public void SetPeer(EndPoint? peer)
    {
        if (Activity is null || peer is null) return;
        (string? address, int? port, string transport) = ProtocolTelemetry.Parts(peer);
        Activity.SetTag(TelemetryNames.PeerAddress, address);
        if (port is not null) Activity.SetTag(TelemetryNames.PeerPort, port);
        Activity.SetTag(TelemetryNames.NetworkTransport, transport);
    }

    /// <summary>Says that the operation failed; the last call counts.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="errorType">The value of <c>error.type</c>, such as a reply code; null for one made of the exception.</param>
    public void Fail(Exception failure, string? errorType = null)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (_disposed) return;
        _errorType = errorType ?? ProtocolTelemetry.ErrorTypeOf(failure);
        if (Activity is null) return;
        Activity.SetTag(TelemetryNames.ErrorType, _errorType);

        // The messages of our own tree carry no secrets; of others that is not known.
        Activity.SetStatus(ActivityStatusCode.Error, failure is ProtocolClientException ? failure.Message : null);
    }

    /// <summary>Ends the operation: records its duration, stops its activity.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_telemetry!.Duration.Enabled)
        {
            var tags = new TagList
            {
                { TelemetryNames.OperationName, _operation },
                { TelemetryNames.ProtocolName, _telemetry.Protocol },
            };
            (string? address, int? port, _) = ProtocolTelemetry.Parts(_endPoint);
            if (address is not null) tags.Add(TelemetryNames.ServerAddress, address);
            if (port is not null) tags.Add(TelemetryNames.ServerPort, port);
            if (_errorType is not null) tags.Add(TelemetryNames.ErrorType, _errorType);
            _telemetry.Duration.Record(_time.GetElapsedTime(_started).TotalSeconds, tags);
        }

        Activity?.Dispose();
    }
}
